package lambdatest

import "path/filepath"

// Environment returns the variables of all functions, for an installation that does not exist: every AWS call fails at
// once. dir has the bootstrap and its catalogs. The last variable of a name wins.
func Environment(dir string) []string {
	return []string{
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"CURFEW_NAME=curfew", "CURFEW_HOME=111122223333", "CURFEW_BOUNDARIES=arn:aws:iam::111122223333:policy/curfew-boundary",
		"CURFEW_ACCESS_TABLE=curfew-access", "CURFEW_AUDIT_TABLE=curfew-audit", "CURFEW_ACCOUNT=111122223333",
		"CURFEW_STATE_MACHINE=arn:aws:states:us-east-1:111122223333:stateMachine:curfew-elevation",
		"CURFEW_REVOKE_FUNCTION=curfew-revoke", "CURFEW_CONTAIN_FUNCTION=curfew-contain", "CURFEW_LATE_QUEUE=http://127.0.0.1:1/late", "CURFEW_REVIEWS_QUEUE=http://127.0.0.1:1/reviews",
		"CURFEW_TOPIC=arn:aws:sns:us-east-1:111122223333:curfew", "CURFEW_APPROVALS_TOPIC=arn:aws:sns:us-east-1:111122223333:approvals", "CURFEW_EVENT_BUS=curfew",
		"CURFEW_LOG_BUCKET=curfew-log", "CURFEW_STAGE_BUCKET=curfew-stage", "CURFEW_LAKE_BUCKET=curfew-lake", "CURFEW_LOG_ORIGIN=logs.example.com/curfew", "CURFEW_LOG_KEYS=arn:aws:kms:us-east-1:111122223333:key/0f5c3a52",
		"CURFEW_ISSUER=https://id.example.com", "CURFEW_AUDIENCE=curfew", "CURFEW_CONSOLE_CLIENT=curfew-console", "CURFEW_CATALOGS=" + filepath.Join(dir, "catalog"),
	}
}
