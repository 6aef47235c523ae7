import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { STAGES } from './config.ts';
import { addStage } from './stacks/stage.ts';
import { chooseStage } from './stage-config.ts';

const app = new App();
const wanted: unknown = app.node.tryGetContext('stage');
addStage(app, chooseStage(STAGES, typeof wanted === 'string' ? wanted : undefined));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
