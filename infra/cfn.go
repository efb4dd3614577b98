package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
)

func str(s string) *string { return &s }

func num(n int) *float64 {
	f := float64(n)
	return &f
}

func substitute(text string) *string { return awscdk.Fn_Sub(&text, nil) }

func attribute(resource, name string) *string { return awscdk.Fn_GetAtt(&resource, &name).ToString() }

func reference(resource string) *string { return awscdk.Fn_Ref(&resource) }

// role gets all its permissions here. Without a name, CloudFormation makes one that begins with the stack's.
func role(stack awscdk.Stack, id, name string, trust, may []statement) awsiam.CfnRole {
	props := &awsiam.CfnRoleProps{
		AssumeRolePolicyDocument: document(trust...),
		Policies:                 []any{&awsiam.CfnRole_PolicyProperty{PolicyName: str("permissions"), PolicyDocument: document(may...)}},
	}
	if name != "" {
		props.RoleName = str(name)
	}
	return awsiam.NewCfnRole(stack, str(id+"Role"), props)
}

func digest(of ...any) string {
	b, err := json.Marshal(of)
	if err != nil { // maps, lists and strings: cannot fail
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:4])
}
