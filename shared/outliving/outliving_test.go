package outliving

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// notOutliving are the actions of the level "Permissions management" that are no row, by reason.
var notOutliving = map[string][]string{
	"reads": {
		"arc-region-switch:GetResourcePolicy", "backup:ListIndexedRecoveryPointsForSearch", "backup:SearchRecoveryPoint", "billing:GetResourcePolicy", "fsx:GetResourcePolicy",
		"glue:BatchGetStageFiles", "glue:Describe*", "glue:Get*", "glue:List*", "glue:RequestLogParsing", "managedblockchain:GET", "monitron:ListProjectAdminUsers",
		"quicksight:Describe*", "secretsmanager:ValidateResourcePolicy", "ssm-sap:GetResourcePermission",
	},
	"ends with the call": {
		"bedrock-agentcore:AuthorizeAction", "bedrock-agentcore:PartiallyAuthorizeActions", "ds:AccessDSData", "entityresolution:UseIdNamespace", "entityresolution:UseWorkflow",
		"glue:DeregisterDataPreview", "iotfleetwise:GenerateCommandPayload", "managedblockchain:Invoke", "managedblockchain:POST",
	},
	"makes a service write more logs": {"*:AllowVendedLogDeliveryForResource"},
	"places hardware or a network": {
		"ec2:AttachApplianceToNatGateway", "ec2:AttachResourcesToPlacementGroup", "ec2:DetachApplianceFromNatGateway", "ec2:DetachResourcesFromPlacementGroup", "ec2:*OdbNetworkPeering",
	},
	"is a firewall of requests": {"apigateway:SetWebACL", "appsync:SetWebACL", "waf:*WebACL", "waf-regional:*WebACL"},
	"is a setting that lets no principal in": {
		"apigateway:*Certificate*Domain", "cloudformation:SetStackPolicy", "glacier:*VaultLock", "glacier:SetDataRetrievalPolicy", "ses:ApplyTrackingConfigurationOverrides",
		"ses:ReplicateEmailIdentityDkimSigningKey", "ssm-contacts:AssociateContact",
	},
}

// telling are names that made rows: a person once gave all of them a class, except those of notByName.
var (
	telling = regexp.MustCompile(`^Replicate|^Disable\w*Key$|KeyDeletion$|Tokens?$|Subscribe$|ChannelConfiguration$|^Approve|^Accept|^Put\w*Replication|StreamKey$|^(Create|Modify|Update)\w*Endpoint$`)
	takes   = regexp.MustCompile(`^(Cancel|Count|Delete|Describe|List|Revoke|Uns)|^GetMicrosoftTeams`)
)

var notByName = map[string][]string{
	"ends with the call, or the connection": {
		"*:CallWithBearerToken", "sts:TagGetWebIdentityToken", "signin:IntrospectOAuth2Token", "verifiedpermissions:IsAuthorizedWithToken", "waf:GetChangeToken", "waf-regional:GetChangeToken",
		"appsync:EventSubscribe", "iot:Subscribe",
	},
	"takes a credential away": {"aws-external-anthropic:DisableKey", "cognito-idp:AdminDeleteSoftwareToken"},
	"copies within the account, by a rule that is a row": {
		"connect:ReplicateInstance", "dynamodb:ReplicateSettings", "s3:Replicate*", "s3-outposts:Replicate*", "secretsmanager:ReplicateSecretToRegions",
		"ses:ReplicateEmailIdentityDkimSigningKey", "sms:PutAppReplicationConfiguration",
	},
	"buys, agrees or works": {
		"a4b:ApproveSkill", "artifact:Accept*", "aws-marketplace:*", "braket:AcceptUserAgreement", "datazone:AcceptPredictions", "ec2:Accept*Quote", "ec2:AcceptCapacityReservationBillingOwnership",
		"finops-agent:AcceptAgentRequest", "gamelift:AcceptMatch", "iq:A*", "mechanicalturk:A*", "nimble:AcceptEulas", "odb:AcceptMarketplaceRegistration", "partnercentral:Accept*",
		"payments:AcceptFinancingApplicationTerms", "pricingplanmanager:ApprovePaidSubscription", "quicksight:Subscribe", "redshift:AcceptReservedNodeExchange",
		"resiliencehub:AcceptResourceGroupingRecommendations", "ssm-contacts:AcceptPage", "supportplans:AcceptSupportAgreement",
	},
	"opens a network, or an address in one": {
		"*:*VpcEndpoint", "directconnect:Accept*", "ec2:AcceptAddressTransfer", "ec2:AcceptTransitGateway*", "ec2:AcceptVpc*", "ec2:CreateRouteServerEndpoint", "interconnect:AcceptConnectionProposal",
		"network-firewall:Accept*", "networkmanager:AcceptAttachment", "neptune-graph:CreatePrivateGraphEndpoint", "osis:CreatePipelineEndpoint", "rds:*Endpoint", "route53resolver:*Endpoint",
		"rtbfabric:AcceptLink", "s3-outposts:CreateEndpoint", "deadline:CreateLicenseEndpoint", "license-manager-user-subscriptions:CreateLicenseServerEndpoint",
	},
	"serves calls that IAM, or the service's own users, may make": {
		"chime:UpdateAppInstanceUserEndpoint", "cloudwatch:*IngestionEndpoint", "forecast:CreateForecastEndpoint", "machinelearning:CreateRealtimeEndpoint", "mobiletargeting:UpdateEndpoint",
		"ses:CreateMultiRegionEndpoint", "sns:CreatePlatformEndpoint",
	},
	"proves or moves what the account owns": {
		"ec2:CreateIpamExternalResourceVerificationToken", "medialive:AcceptInputDeviceTransfer", "mgh:AcceptConnection", "route53domains:AcceptDomainTransferFromAnotherAwsAccount",
	},
}

// Keys that were disabled or replicated, tokens, subscriptions and chats were no rows: their level is not "Permissions management".
func TestKeysTokensSubscriptionsAndChatsOutliveAGrant(t *testing.T) {
	used := map[string]bool{}
	for _, service := range iamdata.Services() {
		for _, a := range iamdata.Actions(service) {
			if !telling.MatchString(a.Name) || takes.MatchString(a.Name) {
				continue
			}
			action := service + ":" + a.Name
			_, isRow := Lookup(action)
			by := exempt(action, notByName)
			used[by] = used[by] || !isRow
			if !isRow && by == "" {
				t.Errorf("%s may outlive a grant: give it a line in outliving.txt, or say in notByName why not", action)
			}
		}
	}
	for _, patterns := range notByName {
		for _, p := range patterns {
			if !used[p] {
				t.Errorf("the exception %s is of no action", p)
			}
		}
	}
}

func exempt(action string, from map[string][]string) (by string) {
	for _, patterns := range from {
		for _, p := range patterns {
			if ok, _ := path.Match(p, action); ok {
				return p
			}
		}
	}
	return ""
}

// New data may bring a new action: a person then gives it a class, or says why it has none.
func TestEveryActionThatManagesPermissionsHasAClass(t *testing.T) {
	used := map[string]bool{}
	for _, service := range iamdata.Services() {
		for _, a := range iamdata.Actions(service) {
			action := service + ":" + a.Name
			_, isRow := Lookup(action)
			by := exempt(action, notOutliving)
			if by != "" && a.Level == iamdata.PermissionsManagement {
				used[by] = true
				if isRow {
					t.Errorf("%s is a row, and an exception", action)
				}
			}
			if a.Level == iamdata.PermissionsManagement && !isRow && by == "" {
				t.Errorf("%s manages permissions: give it a line in outliving.txt, or say in notOutliving why not", action)
			}
		}
	}
	for _, patterns := range notOutliving {
		for _, p := range patterns {
			if !used[p] {
				t.Errorf("the exception %s is of no action", p)
			}
		}
	}
}

func TestTableIsOfActionsThatExist(t *testing.T) {
	count := map[Class]int{}
	last := ""
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(fields) != 3 || !slices.Contains(Classes(), Class(strings.TrimSuffix(fields[1], "!"))) || fields[2] == "" {
			t.Fatalf("%q is not an action, a class and a reason", line)
		}
		service, name, _ := strings.Cut(fields[0], ":")
		if a, ok := iamdata.Lookup(service, name); !ok || a.Name != name {
			t.Errorf("%s is no action", fields[0])
		}
		if this := strings.ToLower(fields[0]); this <= last {
			t.Errorf("%s: is there twice, or out of order", fields[0])
		} else {
			last = this
		}
		count[Class(strings.TrimSuffix(fields[1], "!"))]++
	}
	for _, c := range Classes() {
		if count[c] == 0 || c.Does() == "" {
			t.Errorf("class %s has %d rows, and does %q", c, count[c], c.Does())
		}
	}
	t.Logf("rows: %v", count)
}

// These are the steps of published escalations, and what the finding that began this table listed.
func TestKnownEscalationsAreRows(t *testing.T) {
	for class, actions := range map[Class]string{
		Credentials: `sts:AssumeRole sts:AssumeRoot sts:GetFederationToken iam:CreateAccessKey iam:CreateLoginProfile iam:UpdateLoginProfile s3:GetDataAccess secretsmanager:GetSecretValue
			codeartifact:GetAuthorizationToken ecr:GetAuthorizationToken redshift:GetClusterCredentials ec2:GetPasswordData ivs:CreateParticipantToken ivschat:CreateChatToken`,
		Trust: `iam:UpdateAssumeRolePolicy iam:CreateRole iam:AttachRolePolicy iam:PutRolePolicy iam:CreatePolicyVersion iam:SetDefaultPolicyVersion iam:AddUserToGroup iam:AttachUserPolicy
			iam:AttachGroupPolicy iam:PutUserPolicy iam:PutGroupPolicy iam:TagRole iam:UpdateRole iam:CreateOpenIDConnectProvider iam:CreateSAMLProvider eks:CreateAccessEntry
			eks:AssociateAccessPolicy identitystore:CreateGroupMembership sso:CreateAccountAssignment sso:PutInlinePolicyToPermissionSet rolesanywhere:CreateTrustAnchor`,
		Code: `iam:PassRole lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:CreateFunction lambda:CreateEventSourceMapping ssm:SendCommand ssm:StartAutomationExecution
			codebuild:StartBuild codebuild:StartBuildBatch codebuild:UpdateProject cloudformation:UpdateStack cloudformation:ExecuteChangeSet cloudformation:UpdateStackSet
			bedrock-agentcore:InvokeCodeInterpreter bedrock-agentcore:StartCodeInterpreterSession glue:UpdateDevEndpoint glue:StartJobRun glue:CreateTrigger ec2:RunInstances
			ec2:ModifyInstanceAttribute ec2:CreateLaunchTemplateVersion ec2:RequestSpotInstances ecs:RunTask ecs:StartTask ecs:RegisterTaskDefinition sagemaker:CreateTrainingJob
			sagemaker:UpdateNotebookInstance apprunner:UpdateService datapipeline:PutPipelineDefinition states:UpdateStateMachine events:PutTargets scheduler:CreateSchedule batch:SubmitJob
			codedeploy:CreateDeployment imagebuilder:CreateImage elasticmapreduce:AddJobFlowSteps chatbot:CreateSlackChannelConfiguration`,
		Sharing: `kms:CreateGrant kms:PutKeyPolicy s3:PutBucketPolicy s3:PutBucketAcl lambda:AddPermission sqs:AddPermission sns:AddPermission ram:CreateResourceShare ec2:ModifySnapshotAttribute
			ec2:ModifyImageAttribute rds:ModifyDBSnapshotAttribute secretsmanager:PutResourcePolicy lambda:CreateFunctionUrlConfig kms:ReplicateKey sns:Subscribe iq-permission:ApprovePermissionRequest`,
		Log: `cloudtrail:StopLogging cloudtrail:DeleteTrail cloudtrail:PutEventSelectors config:StopConfigurationRecorder guardduty:DeleteDetector guardduty:UpdateDetector logs:DeleteLogGroup kms:DisableKey kms:ScheduleKeyDeletion
			s3:PutLifecycleConfiguration organizations:LeaveOrganization ec2:DeleteFlowLogs securityhub:DisableSecurityHub events:DisableRule`,
		Sessions: `ssm:StartSession ecs:ExecuteCommand ec2-instance-connect:SendSSHPublicKey rds-db:connect dsql:DbConnectAdmin sagemaker:CreatePresignedNotebookInstanceUrl`,
	} {
		for _, action := range strings.Fields(actions) {
			if row, ok := Lookup(action); !ok || row.Class != class {
				t.Errorf("%s is %q, want %s", action, row.Class, class)
			}
		}
	}
	for _, action := range []string{"s3:GetObject", "ec2:DescribeInstances", "sts:GetCallerIdentity", "", "x"} {
		if row, ok := Lookup(action); ok {
			t.Errorf("%q is a row: %+v", action, row)
		}
	}
}

func TestReached(t *testing.T) {
	for _, tt := range []struct{ name, statements, want, shortest string }{
		{"nothing", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`, "", ""},
		{"by name", `{"Effect":"Allow","Action":["iam:passrole","S3:PutBucketPolicy"],"Resource":"*"}`, "code: iam:PassRole; sharing: s3:PutBucketPolicy", "iam:PassRole s3:PutBucketPolicy"},
		{"by wildcard", `{"Effect":"Allow","Action":"sts:Assume*","Resource":"*"}`,
			"credentials: sts:AssumeRole, sts:AssumeRoleWithSAML, sts:AssumeRoleWithWebIdentity, sts:AssumeRoot", "credentials"},
		{"many", `{"Effect":"Allow","Action":["lambda:Up*","iam:PassRole"],"Resource":"*"}`,
			"code: iam:PassRole, lambda:UpdateFunctionCode, lambda:UpdateAlias, lambda:UpdateCodeSigningConfig, lambda:UpdateEventSourceMapping and 4 more; sharing: lambda:UpdateFunctionUrlConfig", "code lambda:UpdateFunctionUrlConfig"},
		{"what a Deny leaves", `{"Effect":"Allow","Action":"kms:*","Resource":"*"},{"Effect":"Deny","Action":"kms:*Grant","Resource":"*"}`,
			"log: kms:DeleteCustomKeyStore, kms:DeleteImportedKeyMaterial, kms:DisableKey, kms:DisconnectCustomKeyStore, kms:ScheduleKeyDeletion and 1 more; sharing: kms:PutKeyPolicy, kms:ReplicateKey", "log sharing"},
		{"what one Deny takes", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":"ssm:Start*","Resource":"*"}`,
			"code: ssm:StartAssociationsOnce, ssm:StartAutomationExecution, ssm:StartChangeRequestExecution; sessions: ssm:StartSession, ssm:StartAccessRequest", "code sessions"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + tt.statements + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			reached := Reached(d)
			var got []string
			for _, r := range reached {
				got = append(got, string(r.Class)+": "+r.String())
			}
			if got := strings.Join(got, "; "); got != tt.want {
				t.Errorf("reached %q, want %q", got, tt.want)
			}
			shortest := Shortest(reached)
			if got := strings.Join(shortest, " "); got != tt.shortest {
				t.Errorf("shortest %q, want %q", got, tt.shortest)
			}
			for _, r := range reached {
				if left := r.Without(shortest).Rows; len(left) > 0 {
					t.Errorf("%v leaves %v", shortest, left)
				}
			}
		})
	}
}

func TestReachedByAdminIsTheTable(t *testing.T) {
	rows := 0
	for _, r := range Reached(allow(t, "*")) {
		rows += len(r.Rows)
	}
	if want := strings.Count(text, "\n") - 1; rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
}

func TestAdmin(t *testing.T) {
	const all = "every action on every resource"
	for statement, want := range map[string]string{
		`"Action":"*","Resource":"*"`:                               all,
		`"Action":["s3:*","*:*"],"Resource":["arn:aws:s3:::b","*"]`: all,
		`"Action":"*","Resource":"arn:aws:s3:::b"`:                  "",
		`"Action":"iam:*","Resource":"*"`:                           "",
		`"Action":"*","Resource":"*","Condition":{"StringLike":{"aws:UserId":"A:*"},"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`:     all,
		`"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"1","aws:userid":"A"},"Bool":{"aws:ViaAWSService":"true"}}`: all + ", with conditions on aws:ViaAWSService, aws:ResourceAccount",
	} {
		d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + statement + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := Admin(d); got != want {
			t.Errorf("%s: %q, want %q", statement, got, want)
		}
	}
}

func allow(t testing.TB, action string) *iampolicy.Document {
	t.Helper()
	d, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func BenchmarkReachedByAdmin(b *testing.B) {
	d := allow(b, "*")
	for b.Loop() {
		Reached(d)
	}
}

func BenchmarkReachedByOneService(b *testing.B) {
	d := allow(b, "s3:Get*")
	for b.Loop() {
		Reached(d)
	}
}

// The text has the order that Lookup needs.
func TestEveryRowIsFoundInAnyCase(t *testing.T) {
	rows := 0
	for _, all := range table() {
		for _, row := range all {
			rows++
			if got, there := Lookup(strings.ToUpper(row.Action)); !there || got != row {
				t.Errorf("Lookup of %s = %+v, %t", row.Action, got, there)
			}
		}
	}
	if rows < 1000 {
		t.Errorf("%d rows", rows)
	}
}
