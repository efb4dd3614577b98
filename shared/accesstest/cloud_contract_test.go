package accesstest_test

import (
	"bytes"
	"testing"

	"curfew/shared/accesstest"
	"curfew/shared/inprocess"
)

const (
	account  = "arn:aws:iam::111122223333:"
	boundary = account + "policy/curfew-boundary"
)

func TestCloudInProcess(t *testing.T) {
	accesstest.CloudContract(t, openCloud)
}

// A world that lacks features runs the rest of the suite.
func TestCloudSuiteLeavesOutWhatIsLacking(t *testing.T) {
	accesstest.CloudContract(t, func(t *testing.T) accesstest.CloudUnderTest {
		u := openCloud(t)
		u.Lacks = []string{accesstest.Permissions, accesstest.Quotas}
		u.Recreate, u.Delete, u.Mark, u.AttachByHand, u.PutByHand, u.BoundByHand, u.User = nil, nil, nil, nil, nil, nil, ""
		return u
	})
}

func openCloud(t *testing.T) accesstest.CloudUnderTest {
	world, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		t.Fatal(err)
	}
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	return accesstest.CloudUnderTest{
		Cloud: &inprocess.Cloud{IAM: world, Name: "curfew", Boundaries: []string{boundary}},
		Name:  "curfew",
		Role:  account + "role/engineer-deploy", User: account + "user/ci-user", Other: account + "role/responder",
		Missing: account + "role/nobody", Protected: account + "role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup",
		Recreate: func(t *testing.T, arn string) {
			_, err := world.RecreateRole(arn)
			must(t, err)
		},
		Delete: func(t *testing.T, arn string) { must(t, world.DeleteRole(arn)) },
		Mark: func(t *testing.T, arn string, tag, bounded bool) {
			must(t, world.RemoveTag(arn, "curfew:managed"))
			must(t, world.SetBoundary(arn, ""))
			if tag {
				must(t, world.SetTag(arn, "curfew:managed", "true"))
			}
			if bounded {
				must(t, world.SetBoundary(arn, boundary))
			}
		},
		Tag:          func(t *testing.T, arn, key, value string) { must(t, world.SetTag(arn, key, value)) },
		Untag:        func(t *testing.T, arn, key string) { must(t, world.RemoveTag(arn, key)) },
		AttachByHand: func(t *testing.T, arn, policy string) { must(t, world.AttachByHand(arn, policy)) },
		BoundByHand:  func(t *testing.T, arn, policy string) { must(t, world.SetBoundary(arn, policy)) },
		PutByHand: func(t *testing.T, arn, name, document string) {
			must(t, world.PutRolePolicyByHand(arn, name, document))
		},
	}
}
