package accesstest_test

import (
	"bytes"
	"testing"
	"time"

	"curfew/shared/accesstest"
	"curfew/shared/inprocess"
)

func TestReaderInProcess(t *testing.T) {
	accesstest.ReaderContract(t, func(t *testing.T) accesstest.ReaderUnderTest {
		world, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
		must := func(t *testing.T, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(t, err)
		of := inprocess.Reader{Cloud: &inprocess.Cloud{IAM: world, Name: "curfew"}}
		return accesstest.ReaderUnderTest{
			Reader: of, Account: "111122223333", Closed: "999988887777",
			Role: account + "role/engineer-deploy", Another: account + "role/responder", Missing: account + "role/nobody",
			Put:    func(t *testing.T, arn, name, text string) { must(t, world.PutRolePolicyByHand(arn, name, text)) },
			Use:    func(t *testing.T, arn, action string, at time.Time) { must(t, of.Use(arn, action, at)) },
			Delete: func(t *testing.T, arn string) { must(t, world.DeleteRole(arn)) },
		}
	})
}
