/** A water line that has risen above its mark. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#14324f"/><path d="M5 22h22" stroke="#7db0ff" stroke-width="3" stroke-linecap="round"/><path d="M5 14c4-5 7-5 11 0s7 5 11 0" fill="none" stroke="#ffa657" stroke-width="3" stroke-linecap="round"/></svg>`
