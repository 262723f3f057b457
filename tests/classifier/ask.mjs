// Asks openapi-diff about every case, and prints its answers as JSON: `node ask.mjs cases.json > answers.json`.
// README.md says which version, and how to install it.
import { readFileSync } from 'node:fs';
import openapiDiff from 'openapi-diff';

const { base, cases } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const spec = (document, location) => ({ content: JSON.stringify(document), location, format: 'openapi3' });
const answers = {};
for (const [name, document] of Object.entries(cases)) {
  let answer;
  try {
    const found = await openapiDiff.diffSpecs({ sourceSpec: spec(base, 'before'), destinationSpec: spec(document, 'after') });
    if (found.breakingDifferencesFound) answer = 'breaking';
    else if (found.nonBreakingDifferences.length > 0) answer = 'non-breaking';
    else if (found.unclassifiedDifferences.length > 0) answer = 'unclassified';
    else answer = 'none';
  } catch (error) {
    answer = 'no answer';
    process.stderr.write(`${name}: ${error.message}\n`);
  }
  answers[name] = answer;
}
process.stdout.write(`${JSON.stringify(answers, null, 1)}\n`);
