package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
)

// newMember has no assets and needs no bootstrap: its template also works as a StackSet.
func newMember(app awscdk.App, s Settings) awscdk.Stack {
	stack := awscdk.NewStack(app, str(s.resource("member")), &awscdk.StackProps{
		Description: str("Curfew: the roles of its functions and the boundary, in an account where principals may be elevated"),
		Synthesizer: awscdk.NewBootstraplessSynthesizer(nil),
	})
	may := memberRoles(s).permissions()
	for _, f := range functions() {
		if statements, ok := may[f.name]; ok {
			role(stack, logicalID(f.name), s.memberRole(f.name), memberRoles(s).trust(f.name), statements)
		}
	}
	forwardEvents(stack, s)
	b := awsiam.NewCfnManagedPolicy(stack, str("Boundary"), &awsiam.CfnManagedPolicyProps{
		ManagedPolicyName: str(s.resource("boundary")),
		Description:       str("Curfew: the permissions boundary of principals that may be elevated"),
		PolicyDocument:    document(guardrails(s).boundary()...),
	})
	// Principals keep it when the stack is deleted: without it they could do more.
	b.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
	canary(stack, s, b)
	return stack
}

func canary(stack awscdk.Stack, s Settings, boundary awsiam.CfnManagedPolicy) {
	account := s.canaryAccount()
	if account == "" {
		return
	}
	first := awscdk.NewCfnCondition(stack, str("IsCanaryAccount"), &awscdk.CfnConditionProps{
		Expression: awscdk.Fn_ConditionEquals(awscdk.Aws_ACCOUNT_ID(), str(account)),
	})
	path, name := s.canaryRole()
	r := awsiam.NewCfnRole(stack, str("CanaryRole"), &awsiam.CfnRoleProps{
		Path: str(path), RoleName: str(name), Description: str("Curfew: principal of the canaries, which test the nets; it cannot be assumed"),
		AssumeRolePolicyDocument: document(canaryTrust()...), PermissionsBoundary: substitute(s.boundaryARNs("${AWS::AccountId}")[0]),
		Tags: &[]*awscdk.CfnTag{{Key: str(s.tag()), Value: str("true")}},
	})
	r.AddDependency(boundary)
	r.CfnOptions().SetCondition(first)
}
