"use strict";

const question = `# What is shown comes with your credential: see "Headers" below. Run with Ctrl-Enter.
query Chain($unit: String!, $period: Period!) {
  followUp(unit: $unit, period: $period) {
    unit { code name }
    period
    roots {
      title
      column { name }
      assessment { grade wording }
      children {
        __typename
        title
        owner { code }
        ... on Indicator { attainment { status } }
      }
      rollup { nodes columns { column { name } total achieved partly notAchieved missing } }
    }
    missing(first: 5) { kind period unit { code name } node { title } }
  }
}
`;

developmentExample().then((example) => {
  const headers = { Authorization: `Bearer ${example ? example.token : "<token>"}` };
  const variables = example
    ? { unit: example.unit, period: example.period }
    : { unit: "<code>", period: `${new Date().getFullYear()}-T1` };
  const fetcher = GraphiQL.createFetcher({ url: document.body.dataset.graphql, headers });
  const root = ReactDOM.createRoot(document.getElementById("page"));
  root.render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultQuery: question,
      variables: JSON.stringify(variables, null, 2),
      headers: JSON.stringify(headers, null, 2),
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
    }),
  );
});
