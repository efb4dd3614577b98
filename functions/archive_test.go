package functions_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/mod/sumdb/note"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/onmoto"
	"curfew/shared/onaws/s3"
	"curfew/shared/record"
)

// signing is KMS with one key: moto does not know Ed25519.
func signing(t *testing.T, private ed25519.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Message []byte }
		_ = json.NewDecoder(r.Body).Decode(&in)
		out := map[string]any{"PublicKey": der, "KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY"}
		if r.Header.Get("X-Amz-Target") == "TrentService.Sign" {
			out = map[string]any{"Signature": ed25519.Sign(private, in.Message)}
		}
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestTheArchiveOnS3: the built function enters what the streams deliver, keeps what was changed, and its pass enters what
// they lost. The policies of bucket and key are for AWS alone.
func TestTheArchiveOnS3(t *testing.T) {
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("run it with the stand-ins for AWS: go run ./scripts/emulators -- go test ./functions")
	}
	t.Parallel()
	sdk, name, origin := sdkOf(t, account), "c"+strings.ToLower(rand.Text()[:8]), "logs.example.com/curfew"
	tables := onaws.TablesConfig{AccessTable: name + "-access", AuditTable: name + "-audit"}
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	fatal(onmoto.Tables(t.Context(), dynamodb.NewFromConfig(sdk), tables))
	for _, bucket := range []string{name + "-log", name + "-stage", name + "-lake"} {
		_, err := awss3.NewFromConfig(sdk).CreateBucket(t.Context(), &awss3.CreateBucketInput{Bucket: aws.String(bucket)})
		fatal(err)
	}
	public, private, err := ed25519.GenerateKey(nil)
	fatal(err)
	env := onmoto.Settings{Endpoint: os.Getenv("AWS_ENDPOINT_URL"), Name: name, Home: account, Boundary: "arn:aws:iam::" + account + ":policy/curfew-boundary"}.Environment()
	env = append(env, "AWS_ENDPOINT_URL_KMS="+signing(t, private), "CURFEW_LOG_BUCKET="+name+"-log", "CURFEW_STAGE_BUCKET="+name+"-stage", "CURFEW_LAKE_BUCKET="+name+"-lake", "CURFEW_LOG_ORIGIN="+origin,
		"CURFEW_LOG_KEYS=arn:aws:kms:us-east-1:"+account+":key/0f5c3a52")
	if folder := os.Getenv("CURFEW_RECORD_FOLDER"); folder != "" {
		env = append(env, "CURFEW_RECORD_CALLS="+filepath.Join(folder, name+".archive.jsonl"))
	}
	archive := build(t).start(t, "archive", env...)

	store, head := dynamo.New(sdk, tables), evidence.Head{}
	add := func(age time.Duration) record.Row {
		t.Helper()
		c, err := record.Append("elevation#1", &head, evidence.Entry{At: time.Now().Add(-age).UTC().Truncate(time.Second), Kind: "test", Actor: "somebody"})
		fatal(err)
		fatal(store.Write(t.Context(), c))
		return c.Row
	}
	objects := s3.NewObjects(sdk, name+"-log")
	wantSize := func(size int64) {
		t.Helper()
		text, err := note.NewEd25519VerifierKey(origin, public)
		fatal(err)
		v, err := note.NewVerifier(text)
		fatal(err)
		checkpoint, _, err := objects.Read(t.Context(), log.CheckpointName)
		fatal(err)
		if c, err := log.OpenCheckpoint(checkpoint, note.VerifierList(v)); err != nil || c.Tree.N != size {
			t.Errorf("the checkpoint is of %d entries, %v; want %d", c.Tree.N, err, size)
		}
	}
	first, second := add(0), add(0)
	invoke(t, archive, streamed(tables.AuditTable, "INSERT", first, second))
	wantSize(3) // with the keys
	invoke(t, archive, streamed(tables.AuditTable, "INSERT", first, second))
	wantSize(3)
	invoke(t, archive, streamed(tables.AuditTable, "REMOVE", second))
	invoke(t, archive, streamed(tables.AuditTable, "INSERT", add(8*time.Hour)))
	add(8 * time.Hour) // the stream loses it
	if got := invoke(t, archive, `{"pass":true}`); !strings.Contains(got, `"late":1`) {
		t.Errorf("the pass says %s", got)
	}
	kept := 0
	fatal(objects.Versions(t.Context(), func(v s3.Version) error {
		if strings.HasPrefix(v.Name, "altered/") {
			data, err := objects.ReadVersion(t.Context(), v.Name, v.ID)
			if kept++; !bytes.Equal(data, second.Body) {
				t.Errorf("kept %s, want what was removed", data)
			}
			return err
		}
		return nil
	}))
	if kept != 1 {
		t.Errorf("%d images of removed evidence", kept)
	}
}

// streamed is a batch of a table's stream.
func streamed(table, what string, rows ...record.Row) string {
	var all []any
	for i, row := range rows {
		key := map[string]any{"pk": map[string]string{"S": row.Key.Partition}, "sk": map[string]string{"S": row.Key.Sort}}
		item := map[string]any{"pk": key["pk"], "sk": key["sk"], "version": map[string]string{"N": fmt.Sprint(row.Version)}, "body": map[string]string{"S": string(row.Body)}, "form": map[string]string{"N": "1"}}
		image := map[string]string{"INSERT": "NewImage", "REMOVE": "OldImage"}[what]
		all = append(all, map[string]any{
			"eventID": fmt.Sprint(row.Key.Sort, i), "eventName": what, "eventSource": "aws:dynamodb", "eventSourceARN": "arn:aws:dynamodb:us-east-1:" + account + ":table/" + table + "/stream/1",
			"dynamodb": map[string]any{"SequenceNumber": fmt.Sprint(i), "Keys": key, image: item},
		})
	}
	text, _ := json.Marshal(map[string]any{"Records": all})
	return string(text)
}
