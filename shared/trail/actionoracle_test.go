package trail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"curfew/shared/iamdata"
)

// TestDeniedMessagesAgree takes the messages of denied calls as an oracle: without its message, an event must need the action that IAM named.
func TestDeniedMessagesAgree(t *testing.T) {
	folder := os.Getenv("CLOUDTRAIL_RECORDS")
	if folder == "" {
		t.Skip("set CLOUDTRAIL_RECORDS to a folder with records.jsonl, CloudTrail records one a line, to compare")
	}
	agree, resources, denied, all, known := 0, 0, 0, 0, 0
	for _, name := range []string{"records.jsonl", "envelopes.jsonl", "odd-shapes.jsonl"} {
		in, err := os.Open(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		var reader Reader
		err = reader.Read(name, in, func(r *Record) error {
			all++
			calls, ok := Calls(r)
			if ok {
				known++
			} else {
				t.Logf("%s %s (%s) is unknown", r.Source, r.Name, r.Type)
			}
			checkCalls(t, calls)
			said, ok := deniedCall(r)
			if !ok || !r.Denied() {
				return nil
			}
			denied++
			for _, c := range planned(r) {
				if c.Action == said.Action {
					agree++
					if said.Resource == "" || c.Resource == "" || c.Resource == said.Resource {
						resources++
					} else {
						t.Errorf("%s %s: the parameters give %+v, the message %+v", r.Source, r.Name, c, said)
					}
					return nil
				}
			}
			t.Errorf("%s %s: the message names %+v, the table %+v", r.Source, r.Name, said, planned(r))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d records have a known event; of %d denied calls with an action in the message, the action agrees in %d, and no resource differs in %d", known, all, denied, agree, resources)
}

// checkCalls: every action exists, and a resource is an ARN without a pattern, "*" for an action that takes none, or unknown.
func checkCalls(t *testing.T, calls []Call) {
	t.Helper()
	for _, c := range calls {
		service, name, _ := strings.Cut(c.Action, ":")
		a, ok := iamdata.Lookup(service, name)
		switch {
		case !ok || a.Name != name:
			t.Errorf("%+v: the action does not exist", c)
		case (c.Resource == "*") != (len(a.Resources) == 0) && c.Resource != "":
			t.Errorf("%+v: the action has the resources %v", c, a.Resources)
		case c.Resource != "" && c.Resource != "*" && !strings.HasPrefix(c.Resource, "arn:"):
			t.Errorf("%+v: the resource is no ARN", c)
		}
	}
}

func FuzzCalls(f *testing.F) {
	for _, seed := range []string{
		event("s3", "CopyObject", `{"bucketName": "b", "key": "k", "x-amz-copy-source": "/a/b?versionId=%zz"}`),
		event("dynamodb", "TransactWriteItems", `{"requestItems": [{"operation": "Put", "tableName": "t"}, 1, null, {"put": {"tableName": 1}}]}`),
		event("dynamodb", "ExecuteStatement", `{"statement": "select"}`),
		event("ec2", "RunInstances", `{"instancesSet": {"items": [{"imageId": "ami-1"}]}, "iamInstanceProfile": {"arn": "a"}}`),
		event("lambda", "CreateFunction20150331", `{"functionName": "a:function:b", "role": ["x", {"role": "arn:aws:iam::111122223333:role/a"}]}`),
		`{"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "errorCode": "AccessDenied", "errorMessage": " is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because ", "resources": [{"ARN": "arn:aws:s3:::b/k"}]}`,
		event("iam", "CreateRole", `{"roleName": "r", "path": "/"}`),
		event("sqs", "SendMessage", `{"queueUrl": "https://sqs/111122223333/q"}`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var r Record
		c := scan{s: text}
		if c.record(&r) != nil {
			return
		}
		r.Region, r.Account = "eu-west-1", "111122223333"
		if !strings.Contains(r.Source, ".") {
			r.Source += ".amazonaws.com"
		}
		calls, _ := Calls(&r)
		checkCalls(t, calls)
	})
}
