package digest_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"curfew/shared/trail/digest"
)

const (
	bucket = "logs-444455556666"
	object = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/05/111122223333_CloudTrail-Digest_us-east-1_all_us-east-1_20261105T100000Z.json.gz"
)

const text = `{"awsAccountId":"111122223333","digestStartTime":"2026-11-05T09:00:00Z","digestEndTime":"2026-11-05T10:00:00Z","digestS3Bucket":"` + bucket + `",
 "digestS3Object":"` + object + `","digestPublicKeyFingerprint":"f1","digestSignatureAlgorithm":"SHA256withRSA",
 "previousDigestS3Bucket":"` + bucket + `","previousDigestS3Object":"before","previousDigestSignature":"aa",
 "logFiles":[{"s3Bucket":"` + bucket + `","s3Object":"a.json.gz","hashValue":"00","hashAlgorithm":"SHA-256"}]}`

// signer is CloudTrail's key of a Region.
func signer(t *testing.T) (*rsa.PrivateKey, []digest.Key) {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k, []digest.Key{{Fingerprint: "f0"}, {Fingerprint: "f1", DER: x509.MarshalPKCS1PublicKey(&k.PublicKey)}}
}

// sign signs as CloudTrail's documentation says, written apart from the package.
func sign(t *testing.T, k *rsa.PrivateKey, text, previous string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	whole := sha256.Sum256([]byte("2026-11-05T10:00:00Z\n" + bucket + "/" + object + "\n" + hex.EncodeToString(sum[:]) + "\n" + previous))
	sig, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, whole[:])
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sig)
}

func TestVerify(t *testing.T) {
	k, keys := signer(t)
	first := strings.NewReplacer(`"previousDigestS3Object":"before"`, `"previousDigestS3Object":null`, `"previousDigestSignature":"aa"`, `"previousDigestSignature":null`).Replace(text)
	for _, c := range []struct{ name, text, signature, at, want string }{
		{"as it was written", text, sign(t, k, text, "aa"), object, ""},
		{"the first of a trail", first, sign(t, k, first, "null"), object, ""},
		{"a byte was changed", strings.Replace(text, `"hashValue":"00"`, `"hashValue":"01"`, 1), sign(t, k, text, "aa"), object, "its signature is not CloudTrail's"},
		{"a log file was left out", strings.Replace(text, `"logFiles":[{`, `"logFiles":[],"was":[{`, 1), sign(t, k, text, "aa"), object, "its signature is not CloudTrail's"},
		{"copied to another place", text, sign(t, k, text, "aa"), object + "x", "it was written for s3://" + bucket + "/" + object},
		{"no signature", text, "", object, "it has no signature"},
		{"another key", strings.Replace(text, `"f1"`, `"f2"`, 1), sign(t, k, text, "aa"), object, "CloudTrail has no key f2"},
		{"an algorithm that proves nothing", strings.Replace(text, "SHA256withRSA", "none", 1), sign(t, k, text, "aa"), object, `its signature is of the algorithm "none", not SHA256withRSA`},
	} {
		f, err := digest.Parse([]byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got := ""
		if err := f.Verify(bucket, c.at, c.signature, keys); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWhatIsNoDigestIsRefused(t *testing.T) {
	for _, bad := range []string{"", "[]", "{}", strings.Replace(text, "SHA-256", "MD5", 1), strings.Replace(text, "2026-11-05T10:00:00Z\"", "soon\"", 1), strings.Replace(text, object, "", 1)} {
		if f, err := digest.Parse([]byte(bad)); err == nil {
			t.Errorf("%s: %+v", bad, f)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(text))
	f.Fuzz(func(t *testing.T, text []byte) {
		if d, err := digest.Parse(text); err == nil && d.Verify(d.Bucket, d.Object, "00", []digest.Key{{Fingerprint: d.Fingerprint}}) == nil {
			t.Error("verified without a key")
		}
	})
}

// oracle is the validator of the AWS CLI, which signs nothing and shares no code with the package.
const oracle = `
import base64, json, sys
from awscli.customizations.cloudtrail.validation import Sha256RSADigestValidator, DigestError
for line in sys.stdin:
    c = json.loads(line)
    text = base64.b64decode(c["text"])
    data = json.loads(text)
    data["_signature"] = c["signature"]
    try:
        Sha256RSADigestValidator().validate(data["digestS3Bucket"], data["digestS3Object"], c["key"], data, text)
        print("valid")
    except Exception:
        print("invalid")
`

// TestTheCommandLineOfAWSAgrees holds every one-byte change of a digest and of its signature against the validator of the AWS CLI.
func TestTheCommandLineOfAWSAgrees(t *testing.T) {
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("needs Python with awscli: go run ./scripts/emulators -- go test ./shared/trail/digest")
	}
	k, keys := signer(t)
	signature := sign(t, k, text, "aa")
	var in strings.Builder
	var ours []string
	try := func(text []byte, signature string) {
		f, err := digest.Parse(text)
		if err != nil {
			return
		}
		line, err := json.Marshal(map[string]string{"text": base64.StdEncoding.EncodeToString(text), "signature": signature, "key": base64.StdEncoding.EncodeToString(keys[1].DER)})
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
		answer := "invalid"
		if keys[1].Fingerprint = f.Fingerprint; f.Verify(f.Bucket, f.Object, signature, keys) == nil {
			answer = "valid"
		}
		ours = append(ours, answer)
	}
	try([]byte(text), signature)
	for i := range text {
		changed := []byte(text)
		changed[i] ^= 1
		try(changed, signature)
	}
	for i := 0; i < len(signature); i += 16 {
		changed := []byte(signature)
		changed[i] = "10"[changed[i]&1]
		try([]byte(text), string(changed))
	}
	c := exec.CommandContext(t.Context(), "python3", "-c", oracle)
	c.Stdin, c.Stderr = strings.NewReader(in.String()), os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("the AWS CLI's validator: %v", err)
	}
	theirs := strings.Fields(string(out))
	if len(theirs) != len(ours) {
		t.Fatalf("%d answers, want %d", len(theirs), len(ours))
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			t.Errorf("case %d: %s, the AWS CLI says %s", i, ours[i], theirs[i])
		}
	}
	t.Logf("%d digests, %d valid", len(ours), strings.Count(string(out), "\nvalid")+1)
}
