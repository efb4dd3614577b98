package trail

import (
	"fmt"
	"strings"
	"testing"
)

// A request with many tags was read once for each name that was looked for.
func TestParametersAreReadOnceHoweverManyThereAre(t *testing.T) {
	for _, c := range []struct{ source, name, parameters string }{
		{"ec2.amazonaws.com", "RunInstances", `{"instancesSet":{"items":[{"imageId":"ami-0123456789abcdef0"}]},"tagSpecificationSet":{"items":[{"resourceType":"instance","tags":[%s]}]},"other":{"items":[%[1]s]}}`},
		{"s3.amazonaws.com", "PutBucketTagging", `{"bucketName":"b","tagging":{"tagSet":[%s]}}`},
		{"lambda.amazonaws.com", "TagResource20170331v2", `{"resourceArn":"arn:aws:lambda:eu-west-1:111122223333:function:f","names":[%s]}`},
		{"dynamodb.amazonaws.com", "BatchExecuteStatement", `{"statements":[{"statement":"SELECT * FROM a"},{"statement":"SELECT * FROM b"}],"x":[%s]}`},
	} {
		r := called(noon, "ana", c.source, c.name)
		var tags []string
		for i := range 3000 {
			tags = append(tags, fmt.Sprintf(`{"key":"tag-%d","value":"arn:aws:s3:::%d"}`, i, i))
		}
		r.Parameters = fmt.Sprintf(c.parameters, strings.Join(tags, ","))
		r.Resources = `[{"accountId":"111122223333","ARN":"arn:aws:s3:::b"}]`
		if _, known := Calls(r); !known {
			t.Errorf("%s is not known", c.name)
		}
		if most := 2*len(r.Parameters) + len(r.Resources); r.parsed.scanned == 0 || r.parsed.scanned > most {
			t.Errorf("%s: %d bytes are read of %d", c.name, r.parsed.scanned, len(r.Parameters))
		}
	}
}

// What was read of one record stood for the next, if the next stood in the same place.
func TestPartsOfARecordDoNotOutliveIt(t *testing.T) {
	r := called(noon, "ana", "s3.amazonaws.com", "CreateBucket")
	r.Parameters, r.Resources = `{"bucketName":"first"}`, `[{"ARN":"arn:aws:s3:::first"}]`
	r.parsed.of(r.Parameters)
	r.parsed.resourcesOf(r.Resources)
	r.reset()
	if len(r.parsed.of(r.Parameters)) != 0 || len(r.parsed.resourcesOf(r.Resources)) != 0 || r.Parameters != "" {
		t.Errorf("%+v", r.parsed)
	}
}
