package digest_test

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"curfew/shared/trail/digest"
)

func zipped(text string) *fstest.MapFile {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, text)
	z.Close()
	return &fstest.MapFile{Data: b.Bytes()}
}

// hours is a folder with a digest of each hour and its one log file.
func hours(t *testing.T, k *rsa.PrivateKey, n int) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	before, signature := "", ""
	for h := range n {
		log := fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/05/111122223333_CloudTrail_us-east-1_20261105T%02d10Z_a.json.gz", h)
		records := fmt.Sprintf(`{"Records":[%d]}`, h)
		object := fmt.Sprintf("AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/05/111122223333_CloudTrail-Digest_us-east-1_all_us-east-1_20261105T%02d0000Z.json.gz", h)
		end := fmt.Sprintf("2026-11-05T%02d:00:00Z", h)
		sum := sha256.Sum256([]byte(records))
		text := fmt.Sprintf(`{"digestEndTime":%q,"digestS3Bucket":%q,"digestS3Object":%q,"digestPublicKeyFingerprint":"f1","digestSignatureAlgorithm":"SHA256withRSA","previousDigestS3Object":%q,"previousDigestSignature":%q,"logFiles":[{"s3Bucket":%q,"s3Object":%q,"hashValue":"%x","hashAlgorithm":"SHA-256"}]}`,
			end, bucket, object, before, signature, bucket, log, sum)
		of := sha256.Sum256([]byte(text))
		whole := sha256.Sum256([]byte(end + "\n" + bucket + "/" + object + "\n" + hex.EncodeToString(of[:]) + "\n" + map[bool]string{true: "null", false: signature}[h == 0]))
		sig, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, whole[:])
		if err != nil {
			t.Fatal(err)
		}
		files[log], files[object] = zipped(records), zipped(text)
		before, signature = object, hex.EncodeToString(sig)
	}
	return files
}

func TestAFolderOfDigestsIsVerified(t *testing.T) {
	k, _ := signer(t)
	keys, err := digest.ParseKeys(fmt.Appendf(nil, `{"PublicKeyList":[{"Fingerprint":"f1","Value":%q}]}`, base64.StdEncoding.EncodeToString(x509.MarshalPKCS1PublicKey(&k.PublicKey))))
	if err != nil {
		t.Fatal(err)
	}
	const logs, digests = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/05/111122223333_CloudTrail_us-east-1_20261105T", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/05/111122223333_CloudTrail-Digest_us-east-1_all_us-east-1_20261105T"
	for name, c := range map[string]struct {
		change func(fstest.MapFS)
		want   string
	}{
		"whole":            {func(fstest.MapFS) {}, ""},
		"a log changed":    {func(f fstest.MapFS) { f[logs+"0110Z_a.json.gz"] = zipped("x") }, "was changed"},
		"a log removed":    {func(f fstest.MapFS) { delete(f, logs+"0110Z_a.json.gz") }, "is missing"},
		"a digest removed": {func(f fstest.MapFS) { delete(f, digests+"010000Z.json.gz") }, "the digest before it"},
		"a digest moved":   {func(f fstest.MapFS) { f[digests+"010000Z.json.gz"] = f[digests+"020000Z.json.gz"] }, "it was written for"},
		"no digest":        {func(f fstest.MapFS) { f[digests+"010000Z.json.gz"] = zipped("{}") }, "no digest"},
	} {
		files := hours(t, k, 4)
		c.change(files)
		r, err := digest.VerifyFolder(files, keys)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.Problems, "\n"); c.want == "" && (got != "" || r.Digests != 3 || r.Logs != 4 || len(r.Unsigned) != 1) || !strings.Contains(got, c.want) {
			t.Errorf("%s: %+v", name, r)
		}
	}
	other, _ := signer(t)
	if r, err := digest.VerifyFolder(hours(t, other, 3), keys); err != nil || len(r.Problems) != 2 {
		t.Errorf("of another signer: %+v, %v", r, err)
	}
	added := hours(t, k, 2)
	added["more/111122223333_CloudTrail_us-east-1_20261105T0999Z_b.json.gz"] = zipped("{}")
	if r, err := digest.VerifyFolder(added, keys); err != nil || len(r.Unlisted) != 1 {
		t.Errorf("with a file in no digest: %+v, %v", r, err)
	}
}
