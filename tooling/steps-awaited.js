// A step that is written must be awaited there: without `yield*` it never happens, and in direct style it happens at the wrong
// time. Lint asks the type checker which calls give steps.

/** Nodes that hand on what one of their parts is. */
const PASSES = new Set(["TSAsExpression", "TSNonNullExpression", "ConditionalExpression", "LogicalExpression"]);

const stepsAwaited = {
  meta: {
    type: "problem",
    messages: {
      forgotten: "This gives steps, which happen only where they are awaited: write yield* in front of it.",
      later:
        "Steps that are written here and awaited elsewhere happen here in direct style: await them where they are written.",
    },
    schema: [],
  },
  create(context) {
    const { getTypeAtLocation } = context.sourceCode.parserServices;
    return {
      CallExpression(node) {
        let { parent } = node;
        while (PASSES.has(parent.type)) parent = parent.parent;
        const messageId =
          parent.type === "ExpressionStatement"
            ? "forgotten"
            : parent.type === "VariableDeclarator" || parent.type === "AssignmentExpression"
              ? "later"
              : undefined;
        if (messageId === undefined || !givesSteps(getTypeAtLocation(node))) return;
        context.report({ node, messageId });
      },
    };
  },
};

/** Whether values of this type are steps: generators of requests. @param {import("typescript").Type} type */
function givesSteps(type) {
  return type.aliasSymbol?.name === "Steps" || (type.isUnion() && type.types.some(givesSteps));
}

/** As a plugin for lint's configuration. */
export const steps = { rules: { awaited: stepsAwaited } };
