import { findAccess } from './access.ts';
import { parseArguments } from './arguments.ts';
import { type ApiClient, createClient, Refusal } from './client.ts';
import type { Command } from './command.ts';
import { redrive, showDeadLetters } from './commands/dead-letters.ts';
import { showDrift, startAudit } from './commands/drift.ts';
import { showDuplicates } from './commands/duplicates.ts';
import { changeExclusion, showExcluded } from './commands/exclusions.ts';
import { importFile } from './commands/imports.ts';
import { cancelRun, checkConnection, setPause } from './commands/operate.ts';
import { showPlan, showPlans } from './commands/plans.ts';
import { retryRecord, showQuarantine } from './commands/quarantine.ts';
import { explainRecord, forgetRecord } from './commands/records.ts';
import { showRun, showRuns } from './commands/runs.ts';
import { type Report, showStatus } from './commands/status.ts';
import { requestSync } from './commands/sync.ts';
import { verify } from './commands/verify.ts';
import { helpText } from './help.ts';
import { CliError, type CliIo, EXIT } from './io.ts';

/** Runs one command. @returns the exit code */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    const { command, options } = parseArguments(args);
    if (command.command === 'help') {
      io.out(helpText(command.topic));
      return EXIT.ok;
    }
    const report = await carryOut(createClient(findAccess(options, io), io), command, io);
    io.out(options.json ? JSON.stringify(report.raw, null, 2) : report.text);
    return report.exitCode ?? EXIT.ok;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    io.err(error.message);
    if (args.includes('--json')) io.out(JSON.stringify(failureOf(error), null, 2));
    return error.exitCode;
  }
}

/** For scripts: what went wrong, the code of the API's problem where it is one, and the exit code. */
function failureOf(error: CliError): object {
  const { message, exitCode } = error;
  return { error: message, code: error instanceof Refusal ? (error.code ?? null) : null, exitCode };
}

function carryOut(
  client: ApiClient,
  command: Exclude<Command, { command: 'help' }>,
  io: CliIo,
): Promise<Report & { readonly exitCode?: number }> {
  switch (command.command) {
    case 'status':
      return showStatus(client, command, io);
    case 'sync':
      return requestSync(client, command, io);
    case 'verify':
      return verify(client, command, io);
    case 'import':
      return importFile(client, command, io);
    case 'pause':
    case 'resume':
      return setPause(client, command, io);
    case 'runs':
      return showRuns(client, command.query, io);
    case 'run':
      return showRun(client, command.run, io);
    case 'check':
      return checkConnection(client, command.connection, io);
    case 'cancel':
      return cancelRun(client, command.run);
    case 'plans':
      return showPlans(client, command.query, io);
    case 'plan':
      return showPlan(client, command, io);
    case 'drift':
      return showDrift(client, command, io);
    case 'audit':
      return startAudit(client, command, io);
    case 'quarantine':
      return showQuarantine(client, command.names, io);
    case 'retry':
      return retryRecord(client, command);
    case 'dead-letters':
      return showDeadLetters(client, io);
    case 'redrive':
      return redrive(client, command);
    case 'explain':
      return explainRecord(client, command, io);
    case 'forget':
      return forgetRecord(client, command, io);
    case 'exclude':
    case 'include':
      return changeExclusion(client, command);
    case 'excluded':
      return showExcluded(client, command, io);
    case 'duplicates':
      return showDuplicates(client, command, io);
  }
}
