package onaws

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"curfew/shared/access"
)

func TestRolesThatOnlyAWSMayChange(t *testing.T) {
	for _, c := range []struct {
		name, arn string
		want      bool
	}{
		{"of a service", roleARN("aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"), true},
		{"of IAM Identity Center, by its path", roleARN("aws-reserved/sso.amazonaws.com/Admin"), true},
		{"of IAM Identity Center, by its name", roleARN("AWSReservedSSO_Admin_0123456789abcdef"), true},
		{"of a team", roleARN("team/engineer"), false},
		{"a name that only mentions it", roleARN("copy-of-AWSReservedSSO_Admin"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, ok := parseARN(c.arn)
			if !ok || p.protected() != c.want {
				t.Errorf("protected = %v (parsed %v), want %v", p.protected(), ok, c.want)
			}
		})
	}
}

// strictDynamoDB counts the reads that may be of an earlier instant. Those of an index always may.
type strictDynamoDB struct {
	*fakeDynamoDB
	loose []string
}

func (s *strictDynamoDB) read(operation string, consistent *bool) {
	if !aws.ToBool(consistent) {
		s.loose = append(s.loose, operation)
	}
}

func (s *strictDynamoDB) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	s.read("GetItem", in.ConsistentRead)
	return s.fakeDynamoDB.GetItem(ctx, in, o...)
}

func (s *strictDynamoDB) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	for _, wanted := range in.RequestItems {
		s.read("BatchGetItem", wanted.ConsistentRead)
	}
	return s.fakeDynamoDB.BatchGetItem(ctx, in, o...)
}

func (s *strictDynamoDB) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if in.IndexName == nil {
		s.read("Query", in.ConsistentRead)
	}
	return s.fakeDynamoDB.Query(ctx, in, o...)
}

func TestEveryReadOfATableIsConsistent(t *testing.T) {
	db := &strictDynamoDB{fakeDynamoDB: newFakeDynamoDB()}
	s := &Store{Client: db, Access: "access", Audit: "audit"}
	key := access.Key{Table: access.AccessTable, Partition: "elevation#1", Sort: "elevation"}
	other := access.Key{Table: access.AuditTable, Partition: "chain#1", Sort: "1"}
	if _, err := s.Read(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context(), key, other); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Partition(t.Context(), key.Table, key.Partition, ""); err != nil {
		t.Fatal(err)
	}
	if len(db.loose) > 0 {
		t.Errorf("%v may answer with what was there before", db.loose)
	}
	for _, operation := range []string{"GetItem", "BatchGetItem", "Query"} {
		if !slices.Contains(db.calls, operation) {
			t.Errorf("%s was not sent: nothing is known of it", operation)
		}
	}
}

// detaching is an IAM that remembers what was detached, in order.
type detaching struct {
	*fakeIAM
	detached []string
}

func (d *detaching) DetachRolePolicy(ctx context.Context, in *iam.DetachRolePolicyInput, o ...func(*iam.Options)) (*iam.DetachRolePolicyOutput, error) {
	d.detached = append(d.detached, *in.PolicyArn)
	return d.fakeIAM.DetachRolePolicy(ctx, in, o...)
}

func TestPartsComeOffInTheReverseOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeIAM("engineer")
		d := &detaching{fakeIAM: f}
		c := &Cloud{Name: "curfew", Accounts: []string{"111122223333"}, Client: func(string) IAM { return d }}
		g := grantFor(f, access.Managed, 20*time.Second)
		g.Documents = []string{testDocument, testDocument, testDocument}
		if err := c.Attach(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(f.roles["engineer"].attached)
		slices.Reverse(want)
		if _, err := c.Remove(t.Context(), g.Principal, g.Name); err != nil {
			t.Fatal(err)
		}
		if len(want) != 3 || !slices.Equal(d.detached, want) {
			t.Errorf("detached %v, want %v", d.detached, want)
		}
	})
}
