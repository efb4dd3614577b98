package escalation_test

import (
	"slices"
	"strings"
	"testing"

	"curfew/shared/authdetails"
	"curfew/shared/escalation"
	"curfew/shared/iampolicy"
)

// variant is a way to run code with the role "power", which trusts a service. A user with the actions on every resource has it, and a user
// that lacks one of them has not, if that is not in spare.
type variant struct{ name, trust, actions, spare string }

func service(name string) string { return `{"Service":"` + name + `"}` }

const (
	pass     = "iam:PassRole "
	saml     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/corp"},"Action":"sts:AssumeRoleWithSAML"}]}`
	identity = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"},"Action":"sts:AssumeRoleWithSAML"}]}`
	cognito  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity"}]}`
)

var variants = []variant{
	{"lambda, invoked", "lambda", pass + "lambda:CreateFunction lambda:InvokeFunction", ""},
	{"lambda, event source", "lambda", pass + "lambda:CreateFunction lambda:CreateEventSourceMapping", ""},
	{"lambda, permission for another", "lambda", pass + "lambda:CreateFunction lambda:AddPermission", ""},
	{"lambda, URL", "lambda", pass + "lambda:CreateFunction lambda:CreateFunctionUrlConfig lambda:InvokeFunctionUrl lambda:InvokeFunction", "lambda:CreateFunctionUrlConfig lambda:InvokeFunctionUrl"},
	{"lambda, code and invoke", "lambda", "lambda:UpdateFunctionCode lambda:InvokeFunction", "lambda:InvokeFunction"},
	{"lambda, a layer", "lambda", "lambda:UpdateFunctionConfiguration", ""},
	{"ec2, user data", "ec2", "ec2:ModifyInstanceAttribute ec2:StopInstances ec2:StartInstances", "ec2:StopInstances"},
	{"ec2, volume", "ec2", "ec2:StopInstances ec2:DetachVolume ec2:AttachVolume ec2:StartInstances", "ec2:StopInstances"},
	{"ec2, profile", "ec2", pass + "ec2:AssociateIamInstanceProfile", ""},
	{"ec2, other profile", "ec2", pass + "ec2:ReplaceIamInstanceProfileAssociation", ""},
	{"ec2, spot fleet", "ec2", pass + "ec2:RequestSpotFleet", ""},
	{"ec2, launch configuration", "ec2", pass + "autoscaling:CreateLaunchConfiguration autoscaling:CreateAutoScalingGroup", ""},
	{"ec2, launch template", "ec2", pass + "ec2:CreateLaunchTemplate ec2:RunInstances autoscaling:CreateAutoScalingGroup", "ec2:CreateLaunchTemplate autoscaling:CreateAutoScalingGroup"},
	{"ssm, command", "ec2", "ssm:SendCommand", ""},
	{"ssm, session", "ec2", "ssm:StartSession", ""},
	{"ssm, association", "ec2", "ssm:CreateAssociation", ""},
	{"ssm, automation", "ssm", pass + "ssm:CreateDocument ssm:StartAutomationExecution", "ssm:CreateDocument"},
	{"ssm, hybrid", "ssm", pass + "ssm:CreateActivation", ""},
	{"ec2, serial console", "ec2", "ec2-instance-connect:SendSerialConsoleSSHPublicKey", ""},
	{"codedeploy", "ec2", "codedeploy:CreateDeployment", ""},
	{"ecs, command", "ecs-tasks", "ecs:ExecuteCommand", ""},
	{"ecs, service", "ecs-tasks", pass + "ecs:RegisterTaskDefinition ecs:UpdateService", ""},
	{"ecs, scheduled", "ecs-tasks", pass + "ecs:RegisterTaskDefinition scheduler:CreateSchedule", ""},
	{"batch", "ecs-tasks", pass + "batch:RegisterJobDefinition batch:SubmitJob", "iam:PassRole batch:RegisterJobDefinition"},
	{"glue, endpoint", "glue", pass + "glue:CreateDevEndpoint", ""},
	{"glue, old endpoint", "glue", "glue:UpdateDevEndpoint", ""},
	{"glue, session", "glue", pass + "glue:CreateSession glue:RunStatement", "iam:PassRole glue:CreateSession"},
	{"glue, trigger", "glue", pass + "glue:CreateJob glue:CreateTrigger", ""},
	{"glue, changed, trigger", "glue", pass + "glue:UpdateJob glue:CreateTrigger", ""},
	{"cloudformation, update", "cloudformation", pass + "cloudformation:UpdateStack", "iam:PassRole"},
	{"cloudformation, change set", "cloudformation", "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet", ""},
	{"cloudformation, old stack", "cloudformation", "cloudformation:UpdateStack", ""},
	{"cloud control", "cloudformation", pass + "cloudformation:CreateResource", ""},
	{"cloudformation, type", "resources.cloudformation", pass + "cloudformation:RegisterType cloudformation:CreateStack", ""},
	{"cloudformation, public type", "resources.cloudformation", pass + "cloudformation:ActivateType cloudformation:CreateStack", ""},
	{"codebuild, build", "codebuild", "codebuild:StartBuild", ""},
	{"codebuild, changed", "codebuild", pass + "codebuild:UpdateProject codebuild:StartBuild", "iam:PassRole codebuild:UpdateProject codebuild:StartBuild"},
	{"codepipeline", "codepipeline", pass + "codepipeline:CreatePipeline", ""},
	{"sagemaker, training", "sagemaker", pass + "sagemaker:CreateTrainingJob", ""},
	{"sagemaker, processing", "sagemaker", pass + "sagemaker:CreateProcessingJob", ""},
	{"sagemaker, tuning", "sagemaker", pass + "sagemaker:CreateHyperParameterTuningJob", ""},
	{"sagemaker, endpoint", "sagemaker", pass + "sagemaker:CreateModel sagemaker:CreateEndpointConfig sagemaker:CreateEndpoint", ""},
	{"sagemaker, studio", "sagemaker", "sagemaker:CreatePresignedDomainUrl", ""},
	{"agentcore, interpreter", "bedrock-agentcore", pass + "bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession bedrock-agentcore:InvokeCodeInterpreter", "iam:PassRole bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession"},
	{"agentcore, runtime", "bedrock-agentcore", pass + "bedrock-agentcore:CreateAgentRuntime bedrock-agentcore:InvokeAgentRuntime", ""},
	{"step functions", "states", pass + "states:CreateStateMachine states:StartExecution", ""},
	{"step functions, changed", "states", "states:UpdateStateMachine states:StartExecution", "states:StartExecution"},
	{"step functions, test", "states", pass + "states:TestState", ""},
	{"scheduler", "scheduler", pass + "scheduler:CreateSchedule", ""},
	{"rule", "events", pass + "events:PutRule events:PutTargets", "events:PutRule"},
	{"target of an old rule", "events", pass + "events:PutTargets", ""},
	{"pipe", "pipes", pass + "pipes:CreatePipe", ""},
	{"emr", "ec2", pass + "elasticmapreduce:RunJobFlow", ""},
	{"emr, step", "ec2", "elasticmapreduce:AddJobFlowSteps", ""},
	{"emr serverless", "emr-serverless", pass + "emr-serverless:CreateApplication emr-serverless:StartJobRun", "emr-serverless:CreateApplication"},
	{"image builder", "ec2", pass + "imagebuilder:CreateInfrastructureConfiguration imagebuilder:CreateImage", ""},
	{"elastic beanstalk", "ec2", pass + "elasticbeanstalk:CreateApplication elasticbeanstalk:CreateEnvironment", "elasticbeanstalk:CreateApplication"},
	{"appstream", "appstream", pass + "appstream:CreateImageBuilder appstream:CreateImageBuilderStreamingURL", "iam:PassRole appstream:CreateImageBuilder"},
	{"cognito", cognito, pass + "cognito-identity:SetIdentityPoolRoles", ""},
	{"roles anywhere", "rolesanywhere", pass + "rolesanywhere:CreateTrustAnchor rolesanywhere:CreateProfile", "iam:PassRole rolesanywhere:CreateProfile"},
	{"iot", "credentials.iot", pass + "iot:CreateRoleAlias iot:CreateKeysAndCertificate iot:CreatePolicy iot:AttachPolicy", "iam:PassRole iot:CreateRoleAlias"},
	{"mwaa", "airflow-env", pass + "airflow:CreateEnvironment", ""},
	{"flink", "kinesisanalytics", pass + "kinesisanalytics:CreateApplication kinesisanalytics:StartApplication", ""},
	{"pod identity", "pods.eks", pass + "eks:CreatePodIdentityAssociation", ""},
	{"saml, changed", saml, "iam:UpdateSAMLProvider", ""},
	{"saml, made again", saml, "iam:DeleteSAMLProvider iam:CreateSAMLProvider", ""},
	{"assignment", identity, "sso:CreateAccountAssignment", ""},
	{"member of a directory's group", identity, "identitystore:CreateGroupMembership", ""},
	{"member of a directory's group, console", identity, "sso-directory:AddMemberToGroup", ""},
	{"password of a directory's user", identity, "sso-directory:UpdatePassword", ""},
}

func (v variant) role() entity {
	trust := v.trust
	if !strings.Contains(trust, "{") {
		trust = service(trust + ".amazonaws.com")
	}
	e := role("power", trust).with(policy(allow("*", "*")))
	if v.trust == "ec2" {
		e = e.profile()
	}
	return e
}

// reaches reports whether the first of an account becomes "power", or an administrator.
func reaches(t *testing.T, all account, o escalation.Options, parts ...part) bool {
	t.Helper()
	d := all.details(parts...)
	if len(d.Problems) > 0 {
		t.Fatal(d.Problems)
	}
	from := slices.IndexFunc(d.Principals, func(p *authdetails.Principal) bool { return p.ARN == all[0].arn })
	o.Now = now
	for _, p := range escalation.Find(d, o).Paths(d.Principals[from]) {
		if p.Admin || p.To.Name == "power" {
			return true
		}
	}
	return false
}

func TestVariants(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			actions := strings.Fields(v.actions)
			if !reaches(t, account{user("caller", "").with(policy(allow(v.actions, "*"))), v.role()}, escalation.Options{}) {
				t.Error("no path")
			}
			for i, without := range actions {
				if slices.Contains(strings.Fields(v.spare), without) || len(actions) == 1 {
					continue
				}
				rest := strings.Join(slices.Delete(slices.Clone(actions), i, i+1), " ")
				if reaches(t, account{user("caller", "").with(policy(allow(rest, "*"))), v.role()}, escalation.Options{}) {
					t.Error("a path without ", without)
				}
			}
			other := role("power", service("other.example.amazonaws.com")).profile().with(policy(allow("*", "*")))
			if reaches(t, account{user("caller", "").with(policy(allow(v.actions, "*"))), other}, escalation.Options{}) {
				t.Error("a path to a role of another service")
			}
			denied := policy(allow(v.actions, "*"), deny(actions[len(actions)-1], "*"))
			if len(actions) == 1 || !slices.Contains(strings.Fields(v.spare), actions[len(actions)-1]) {
				if reaches(t, account{user("caller", "").with(denied), v.role()}, escalation.Options{}) {
					t.Error("a path with the last action denied")
				}
			}
		})
	}
}

func under(statements ...string) escalation.Options {
	d, err := iampolicy.Parse([]byte(policy(statements...)))
	if err != nil {
		panic(err)
	}
	return escalation.Options{SCPs: map[string][][]*iampolicy.Document{"111122223333": {{d}}}}
}
