import {
  OperationNodeTransformer,
  RawNode,
  type ColumnDefinitionNode,
  type KyselyPlugin,
  type PluginTransformQueryArgs,
} from 'kysely'

const BYTE_ORDERED_TEXT = RawNode.createWithSql('text collate "C"')

/**
 * Makes text columns of PostgreSQL sort by their bytes, as SQLite's do, whatever the language of the database: results,
 * exports and their hash are the same on both engines.
 */
export function byteOrderedText(): KyselyPlugin {
  const transformer = new ByteOrderedText()
  return {
    transformQuery: ({ node }: PluginTransformQueryArgs) => transformer.transformNode(node),
    transformResult: async ({ result }) => result,
  }
}

class ByteOrderedText extends OperationNodeTransformer {
  protected override transformColumnDefinition(node: ColumnDefinitionNode): ColumnDefinitionNode {
    const { dataType } = node
    const isText = dataType.kind === 'DataTypeNode' && 'dataType' in dataType && dataType.dataType === 'text'
    return super.transformColumnDefinition(isText ? { ...node, dataType: BYTE_ORDERED_TEXT } : node)
  }
}
