package main

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

// Two APIs, because a route takes one authorizer.

// Calls a second of each API: a cap on what one caller can cost.
const throttleRate, throttleBurst = 100, 200

// accessLog contains no content.
func accessLog(more map[string]string) *string {
	line := map[string]string{
		"requestId": "$context.requestId", "at": "$context.requestTime", "ip": "$context.identity.sourceIp",
		"method": "$context.httpMethod", "path": "$context.path", "status": "$context.status",
		"ms": "$context.responseLatency", "bytes": "$context.responseLength", "error": "$context.error.responseType",
	}
	for k, v := range more {
		line[k] = v
	}
	b, err := json.Marshal(line)
	if err != nil { // strings only: cannot fail
		return nil
	}
	return str(string(b))
}

// restAPI leads to the function api, which serves no decisions: only people decide.
func restAPI(stack awscdk.Stack, s Settings) {
	if s.OrgID == "" {
		return
	}
	awslogs.NewCfnLogGroup(stack, str("MachinesLog"), &awslogs.CfnLogGroupProps{
		LogGroupName: str("/aws/apigateway/" + s.resource("machines")), RetentionInDays: num(s.LogRetentionDays),
	})
	api := awsapigateway.NewCfnRestApi(stack, str("Machines"), &awsapigateway.CfnRestApiProps{
		Name:                  str(s.resource("machines")),
		Body:                  machinesAPI(s),
		EndpointConfiguration: &awsapigateway.CfnRestApi_EndpointConfigurationProperty{Types: jsii.Strings("REGIONAL")},
		Policy:                document(resourcePolicies(s).restAPIPolicy()...),
	})
	// A deployment is a snapshot: CloudFormation replaces it only under a new name.
	deployment := "MachinesDeployment" + digest(machinesAPI(s), document(resourcePolicies(s).restAPIPolicy()...))
	awsapigateway.NewCfnDeployment(stack, str(deployment), &awsapigateway.CfnDeploymentProps{RestApiId: api.Ref()})
	stage := awsapigateway.NewCfnStage(stack, str("MachinesStage"), &awsapigateway.CfnStageProps{
		RestApiId: api.Ref(), DeploymentId: reference(deployment), StageName: str("live"), TracingEnabled: jsii.Bool(true),
		AccessLogSetting: &awsapigateway.CfnStage_AccessLogSettingProperty{
			DestinationArn: substitute("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${MachinesLog}"),
			Format:         accessLog(map[string]string{"caller": "$context.identity.userArn"}),
		},
		MethodSettings: []any{&awsapigateway.CfnStage_MethodSettingProperty{
			HttpMethod: str("*"), ResourcePath: str("/*"), MetricsEnabled: jsii.Bool(false), DataTraceEnabled: jsii.Bool(false),
			LoggingLevel: str("ERROR"), ThrottlingRateLimit: num(throttleRate), ThrottlingBurstLimit: num(throttleBurst),
		}},
	})
	stage.AddDependency(gatewayAccount(stack))
	// API Gateway would create it without an expiry.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-execution-logging.html
	stage.AddDependency(awslogs.NewCfnLogGroup(stack, str("MachinesErrors"), &awslogs.CfnLogGroupProps{
		LogGroupName: substitute("API-Gateway-Execution-Logs_${Machines}/live"), RetentionInDays: num(s.LogRetentionDays),
	}))
	mayInvoke(stack, "api", "apigateway.amazonaws.com", "Machines",
		substitute("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Machines}/live/*/*"))
	output(stack, "MachinesARN", "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Machines}/live/*/*") // callers of other accounts need it
	output(stack, "MachinesURL", "https://${Machines}.execute-api.${AWS::Region}.amazonaws.com/live")
}

func machinesAPI(s Settings) map[string]any {
	const uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Api.Arn}/invocations"
	return map[string]any{
		"openapi": "3.0.1",
		"info":    map[string]any{"title": s.resource("machines"), "version": "1"},
		"paths": map[string]any{"/{proxy+}": map[string]any{"x-amazon-apigateway-any-method": map[string]any{
			"parameters": []any{map[string]any{"name": "proxy", "in": "path", "required": true, "schema": map[string]any{"type": "string"}}},
			"security":   []any{map[string]any{"signature": []any{}}},
			"responses":  map[string]any{},
			"x-amazon-apigateway-integration": map[string]any{
				"type": "aws_proxy", "httpMethod": "POST", "passthroughBehavior": "when_no_match", "uri": map[string]any{"Fn::Sub": uri},
			},
		}}},
		"components": map[string]any{"securitySchemes": map[string]any{"signature": map[string]any{
			"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4",
		}}},
	}
}

// gatewayAccount is one setting for the account and Region, which other APIs may use: it stays when the stack is
// deleted. CloudFormation names the role: the next installation would find a fixed name taken.
func gatewayAccount(stack awscdk.Stack) awsapigateway.CfnAccount {
	r := role(stack, "Gateway", "", trustedService("apigateway.amazonaws.com"), gatewayPermissions())
	r.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
	a := awsapigateway.NewCfnAccount(stack, str("GatewayAccount"), &awsapigateway.CfnAccountProps{CloudWatchRoleArn: r.AttrArn()})
	a.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
	return a
}

func httpAPI(stack awscdk.Stack, s Settings) {
	if s.JWTIssuer == "" {
		return
	}
	awslogs.NewCfnLogGroup(stack, str("PeopleLog"), &awslogs.CfnLogGroupProps{
		LogGroupName: str("/aws/vendedlogs/apigateway/" + s.resource("people")), RetentionInDays: num(s.LogRetentionDays),
	})
	api := awsapigatewayv2.NewCfnApi(stack, str("People"), &awsapigatewayv2.CfnApiProps{Name: str(s.resource("people")), ProtocolType: str("HTTP")})
	authorizer := awsapigatewayv2.NewCfnAuthorizer(stack, str("PeopleAuthorizer"), &awsapigatewayv2.CfnAuthorizerProps{
		ApiId: api.Ref(), Name: str(s.resource("token")), AuthorizerType: str("JWT"), IdentitySource: jsii.Strings("$request.header.Authorization"),
		JwtConfiguration: &awsapigatewayv2.CfnAuthorizer_JWTConfigurationProperty{Issuer: str(s.JWTIssuer), Audience: jsii.Strings(s.JWTAudience)},
	})
	for _, r := range []struct {
		function string
		routes   map[string]string // by id
		open     bool              // without authorizer
	}{
		{function: "api", routes: map[string]string{"api": "ANY /{proxy+}"}},
		// The only function that writes decisions and signatures.
		{function: "decide", routes: map[string]string{"decide": "POST /v1/elevations/{id}/decisions", "review": "POST /v1/elevations/{id}/review", "catalog": "POST /v1/catalog/signature", "campaign": "POST /v1/campaigns/{id}/answer",
			"delegation": "POST /v1/delegations", "delegation-end": "POST /v1/delegations/end"}},
		// The page signs people in. HTTP APIs refuse the route key "GET /console/".
		{function: "console", routes: map[string]string{"page": "GET /", "page-folder": "GET /console", "page-files": "GET /console/{proxy+}"}, open: true},
	} {
		integration := awsapigatewayv2.NewCfnIntegration(stack, str(logicalID("people-to", r.function)), &awsapigatewayv2.CfnIntegrationProps{
			ApiId: api.Ref(), IntegrationType: str("AWS_PROXY"), PayloadFormatVersion: str("2.0"), IntegrationUri: attribute(logicalID(r.function), "Arn"),
		})
		for _, id := range slices.Sorted(maps.Keys(r.routes)) {
			route := &awsapigatewayv2.CfnRouteProps{
				ApiId: api.Ref(), RouteKey: str(r.routes[id]), AuthorizationType: str("JWT"), AuthorizerId: authorizer.Ref(),
				Target: substitute("integrations/${" + *stack.GetLogicalId(integration) + "}"),
			}
			if r.open {
				route.AuthorizationType, route.AuthorizerId = str("NONE"), nil
			}
			awsapigatewayv2.NewCfnRoute(stack, str(logicalID("people-route", id)), route)
		}
		mayInvoke(stack, r.function, "apigateway.amazonaws.com", "People",
			substitute("arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${People}/$default/*"))
	}
	awsapigatewayv2.NewCfnStage(stack, str("PeopleStage"), &awsapigatewayv2.CfnStageProps{
		ApiId: api.Ref(), StageName: str("$default"), AutoDeploy: jsii.Bool(true),
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
			DestinationArn: substitute("arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${PeopleLog}"),
			Format:         accessLog(map[string]string{"caller": "$context.authorizer.claims.sub", "route": "$context.routeKey"}),
		},
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			ThrottlingRateLimit: num(throttleRate), ThrottlingBurstLimit: num(throttleBurst),
		},
	})
	output(stack, "PeopleURL", "https://${People}.execute-api.${AWS::Region}.amazonaws.com")
}

func output(stack awscdk.Stack, id, value string) {
	awscdk.NewCfnOutput(stack, str(id), &awscdk.CfnOutputProps{Value: substitute(value)})
}
