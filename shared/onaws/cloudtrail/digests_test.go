package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

const digestName = "AWSLogs/" + account + "/CloudTrail-Digest/eu-west-1/2026/11/05/" + account + "_CloudTrail-Digest_eu-west-1_all_us-east-1_20261105T100000Z.json.gz"

func TestOnlyDigestsOfTheAccountAreListed(t *testing.T) {
	f := &fakeS3{objects: map[string][]byte{digestName: nil}}
	for _, other := range []string{
		"AWSLogs/" + account + "/CloudTrail-Digest/eu-west-1/2026/11/05/999988887777_CloudTrail-Digest_eu-west-1_all_us-east-1_20261105T100000Z.json.gz",
		"AWSLogs/" + account + "/CloudTrail-Digest/eu-west-1/2026/11/05/" + account + "_CloudTrail-Digest_us-east-1_all_us-east-1_20261105T100000Z.json.gz",
		"AWSLogs/" + account + "/CloudTrail-Digest/eu-west-1/2026/11/05/" + account + "_CloudTrail-Digest_eu-west-1_all_us-east-1_20261105T100000Z_backfill.json.gz",
		"AWSLogs/" + account + "/CloudTrail-Digest/eu-west-1/2026/11/05/x.json.gz",
		"AWSLogs/" + account + "/CloudTrail-Digest/..%2f/2026/11/05/x.json.gz",
	} {
		f.objects[other] = nil
	}
	got, err := Files{Client: f, Bucket: "logs", Folder: "AWSLogs/"}.ListDigests(t.Context(), account, day())
	if err != nil || !slices.Equal(got, []string{digestName}) {
		t.Errorf("listed %q, %v", got, err)
	}
}

// What is no gzip file is given as it is: it must be found, not stop those after it.
func TestABrokenDigestIsGivenAsFarAsItCanBeRead(t *testing.T) {
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	_, err := zip.Write([]byte(`{"digest":1}`))
	must(t, err)
	must(t, zip.Close())
	for _, c := range []struct {
		stored []byte
		text   string
	}{{packed.Bytes(), `{"digest":1}`}, {packed.Bytes()[:packed.Len()-8], `{"digest":1}`}, {[]byte("no gzip"), ""}, {nil, ""}} {
		d, err := Files{Client: &fakeS3{objects: map[string][]byte{digestName: c.stored}}, Bucket: "logs", Folder: "AWSLogs/"}.Digest(t.Context(), digestName)
		if err != nil || string(d.Text) != c.text || d.Bucket != "logs" || d.Name != digestName || d.Signature != "5ig" {
			t.Errorf("digest = %+v, %v, want the text %q", d, err, c.text)
		}
	}
}

// keys is CloudTrail of one Region.
type keys struct {
	asked *cloudtrail.ListPublicKeysInput
}

func (k *keys) ListPublicKeys(_ context.Context, in *cloudtrail.ListPublicKeysInput, _ ...func(*cloudtrail.Options)) (*cloudtrail.ListPublicKeysOutput, error) {
	k.asked = in
	return &cloudtrail.ListPublicKeysOutput{PublicKeyList: []types.PublicKey{{Fingerprint: aws.String("f"), Value: []byte{1}}}}, nil
}

func TestKeysAreThoseOfTheRegionAndTheTime(t *testing.T) {
	k, asked := &keys{}, ""
	f := Files{CloudTrail: func(region string) KeysClient { asked = region; return k }}
	at := time.Date(2026, 11, 5, 10, 0, 0, 0, time.UTC)
	got, err := f.Keys(t.Context(), "eu-west-1", at)
	if err != nil || len(got) != 1 || got[0].Fingerprint != "f" || asked != "eu-west-1" || !k.asked.StartTime.Before(at) || !k.asked.EndTime.After(at) {
		t.Errorf("keys = %+v, %v, asked in %q for %+v", got, err, asked, k.asked)
	}
	if got, err := f.Keys(t.Context(), "../x", at); err != nil || got != nil {
		t.Errorf("keys of no Region = %+v, %v", got, err)
	}
}
