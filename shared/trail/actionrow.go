package trail

import "strings"

// An exceptionRow says what events need whose name is not their action's. The form of needs, separated by spaces:
//
//	service:Action          the action
//	…#TYPE                  … on a resource of one of its types; #any: of any of them, not of each that is required
//	…@parameter             … on the resource whose ARN is that parameter
//	…?parameter, …?!param   … if the parameter is there, or is not
//	none                    no permission is needed
//	copy, statements, transaction   see special
type exceptionRow struct{ label, names, needs, from string }

const (
	s3Operations     = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"
	s3Records        = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html"
	portalRecords    = "https://docs.aws.amazon.com/singlesignon/latest/userguide/logging-using-cloudtrail.html"
	signinRecords    = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html"
	stsPermissions   = "https://docs.aws.amazon.com/STS/latest/APIReference/API_"
	lambdaActions    = "https://docs.aws.amazon.com/lambda/latest/api/API_"
	dynamoActions    = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
	budgetActions    = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html"
	keyspacesActions = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkeyspacesforapachecassandra.html"
)

func hasWord(list, word string) bool {
	if word == "" {
		return false
	}
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}
