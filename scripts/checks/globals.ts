/** Finds uses of globals in the syntax tree; variables of the same name are told apart by scope. */

import { getBindingIdentifiers, isFunction, isReferenced, type Node } from "@babel/types";
import { childrenOf, type Position, positionOf, type SourceTree } from "./syntax.ts";

/** One use of a global or of a member of one. */
export interface GlobalUse extends Position {
  /** The members from the global down, such as `["process", "env"]`; `*` for a computed one. */
  readonly path: readonly string[];
  readonly use: "read" | "call" | "new" | "instanceof";
  /** The number of arguments of a call. */
  readonly arguments: number;
}

type Scope = ReadonlySet<string>;

/** The objects through which every global is a member. */
const GLOBAL_OBJECTS = new Set(["globalThis", "global", "self", "window"]);

/** Nodes of types that hold expressions; all others vanish when the program runs. */
const TYPES_WITH_CODE = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "TSParameterProperty",
  "TSExportAssignment",
  "TSEnumDeclaration",
  "TSEnumBody",
  "TSEnumMember",
  "TSModuleDeclaration",
  "TSModuleBlock",
]);

const isOnlyType = (node: Node): boolean =>
  (node.type.startsWith("TS") && !TYPES_WITH_CODE.has(node.type)) ||
  ("declare" in node && node.declare === true);

const isTypeImport = (node: Node): boolean =>
  node.type === "ImportDeclaration" && (node.importKind === "type" || node.importKind === "typeof");

/** Returns the names that a statement declares in the scope around it. */
function declaredBy(statement: Node): string[] {
  if (isOnlyType(statement) || isTypeImport(statement)) return [];
  if (statement.type === "TSEnumDeclaration" || statement.type === "TSModuleDeclaration")
    return statement.id.type === "Identifier" ? [statement.id.name] : [];
  if (statement.type === "ExportNamedDeclaration")
    return statement.declaration ? declaredBy(statement.declaration) : [];
  if (statement.type === "ExportDefaultDeclaration") return declaredBy(statement.declaration);
  const isDeclaration = /Declaration$/.test(statement.type);
  return isDeclaration ? Object.keys(getBindingIdentifiers(statement, false, true)) : [];
}

/** Yields the names that `var` declares below a node, functions within it left out. */
function* hoistedIn(node: Node): Generator<string> {
  if (node.type === "VariableDeclaration" && node.kind === "var") yield* declaredBy(node);
  for (const child of childrenOf(node)) if (!isFunction(child)) yield* hoistedIn(child);
}

/** Returns the names that a node adds for what is within it. */
function namesWithin(node: Node): string[] {
  if (isFunction(node)) {
    const params = node.params.map((param) =>
      param.type === "TSParameterProperty" ? param.parameter : param,
    );
    const own = node.type === "FunctionExpression" && node.id ? [node.id.name] : [];
    return [
      ...own,
      ...params.flatMap((param) => Object.keys(getBindingIdentifiers(param))),
      ...hoistedIn(node.body),
    ];
  }
  switch (node.type) {
    case "Program":
      return [...node.body.flatMap(declaredBy), ...hoistedIn(node)];
    case "BlockStatement":
    case "StaticBlock":
    case "TSModuleBlock":
      return node.body.flatMap(declaredBy);
    case "SwitchStatement":
      return node.cases.flatMap(({ consequent }) => consequent.flatMap(declaredBy));
    case "ForStatement":
      return node.init ? declaredBy(node.init) : [];
    case "ForInStatement":
    case "ForOfStatement":
      return declaredBy(node.left);
    case "CatchClause":
      return node.param ? Object.keys(getBindingIdentifiers(node.param)) : [];
    case "ClassExpression":
      return node.id ? [node.id.name] : [];
    default:
      return [];
  }
}

/** Returns the node within what TypeScript alone wraps around an expression. */
function unwrapped(node: Node): Node {
  switch (node.type) {
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "TSTypeAssertion":
    case "TSInstantiationExpression":
    case "ParenthesizedExpression":
      return unwrapped(node.expression);
    default:
      return node;
  }
}

function memberName(property: Node, isComputed: boolean): string {
  if (!isComputed) return property.type === "Identifier" ? property.name : "*";
  if (property.type === "StringLiteral") return property.value;
  if (property.type === "TemplateLiteral" && property.expressions.length === 0)
    return property.quasis[0]?.value.cooked ?? "*";
  return "*";
}

/** Returns the members from a global to an expression; null when it does not come from a global. */
function pathOf(expression: Node, scope: Scope): string[] | null {
  const node = unwrapped(expression);
  if (node.type === "Identifier") return scope.has(node.name) ? null : [node.name];
  if (node.type === "MetaProperty") return [`${node.meta.name}.${node.property.name}`];
  if (node.type !== "MemberExpression" && node.type !== "OptionalMemberExpression") return null;
  const object = pathOf(node.object, scope);
  if (object === null) return null;
  const [first = ""] = object;
  const member = memberName(node.property, node.computed);
  return object.length === 1 && GLOBAL_OBJECTS.has(first) ? [member] : [...object, member];
}

/** Yields the members that a pattern takes out of an object, each as a path. */
function* takenBy(pattern: Node, path: readonly string[]): Generator<string[]> {
  const isGlobalObject = path.length === 1 && GLOBAL_OBJECTS.has(path[0] ?? "");
  const from = isGlobalObject ? [] : path;
  if (pattern.type === "AssignmentPattern") yield* takenBy(pattern.left, path);
  else if (pattern.type !== "ObjectPattern") yield [...path];
  else
    for (const property of pattern.properties)
      if (property.type === "RestElement") yield [...path];
      else yield* takenBy(property.value, [...from, memberName(property.key, property.computed)]);
}

/** Returns pattern and value of `const {a} = b`, `({a} = b)` and `({a} = b) => …`. */
function destructuringOf(node: Node): { pattern: Node; value: Node } | null {
  if (node.type === "VariableDeclarator" && node.init && node.id.type === "ObjectPattern")
    return { pattern: node.id, value: node.init };
  if (
    (node.type === "AssignmentExpression" || node.type === "AssignmentPattern") &&
    node.left.type === "ObjectPattern"
  )
    return { pattern: node.left, value: node.right };
  return null;
}

function usageBy(parent: Node | undefined, node: Node): Pick<GlobalUse, "use" | "arguments"> {
  if (parent?.type === "NewExpression" && parent.callee === node)
    return { use: "new", arguments: parent.arguments.length };
  if (
    (parent?.type === "CallExpression" || parent?.type === "OptionalCallExpression") &&
    parent.callee === node
  )
    return { use: "call", arguments: parent.arguments.length };
  const isTested = parent?.type === "BinaryExpression" && parent.operator === "instanceof";
  return { use: isTested ? "instanceof" : "read", arguments: 0 };
}

function* usesIn(node: Node, ancestors: readonly Node[], outer: Scope): Generator<GlobalUse> {
  if (isOnlyType(node) || node.type === "ImportDeclaration") return;
  const added = namesWithin(node);
  const scope = added.length === 0 ? outer : new Set([...outer, ...added]);
  const [parent, grandparent] = ancestors;

  const taken = destructuringOf(node);
  const source = taken && pathOf(taken.value, scope);
  if (taken !== null && source !== null) {
    for (const path of takenBy(taken.pattern, source))
      yield { path, use: "read", arguments: 0, ...positionOf(taken.value) };
    yield* usesIn(taken.pattern, [node, ...ancestors], scope);
    return;
  }

  const isName = node.type === "Identifier";
  if (!isName || (parent !== undefined && isReferenced(node, parent, grandparent))) {
    const path = pathOf(node, scope);
    if (path !== null && unwrapped(node) === node) {
      yield { path, ...usageBy(parent, node), ...positionOf(node) };
      yield* computedMembers(node, ancestors, scope);
      return;
    }
  }
  for (const child of childrenOf(node)) yield* usesIn(child, [node, ...ancestors], scope);
}

/** Yields what is used within the brackets of `a[b].c[d]`. */
function* computedMembers(
  node: Node,
  ancestors: readonly Node[],
  scope: Scope,
): Generator<GlobalUse> {
  if (node.type !== "MemberExpression" && node.type !== "OptionalMemberExpression") return;
  if (node.computed) yield* usesIn(node.property, [node, ...ancestors], scope);
  yield* computedMembers(unwrapped(node.object), [node, ...ancestors], scope);
}

/** Returns every use of a global in a file, types left out. */
export const globalsOf = ({ program }: SourceTree): GlobalUse[] => [
  ...usesIn(program, [], new Set()),
];
