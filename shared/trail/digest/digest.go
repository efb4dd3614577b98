// Package digest verifies CloudTrail's log files by its digest files. Each hour CloudTrail signs the hashes of the
// files that it delivered, and the signature of the digest before.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
package digest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// File is a digest file.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
type File struct {
	Account     string `json:"awsAccountId"`
	Start       string `json:"digestStartTime"`
	End         string `json:"digestEndTime"` // as it is signed
	Bucket      string `json:"digestS3Bucket"`
	Object      string `json:"digestS3Object"`
	Fingerprint string `json:"digestPublicKeyFingerprint"`
	Algorithm   string `json:"digestSignatureAlgorithm"`
	// The digest before; empty in the first of a trail, and after the validation was off.
	PreviousObject    string `json:"previousDigestS3Object"`
	PreviousSignature string `json:"previousDigestSignature"`
	Logs              []Log  `json:"logFiles"`

	sum [sha256.Size]byte // of the text
}

// Log is a log file as it was delivered.
type Log struct {
	Bucket    string `json:"s3Bucket"`
	Object    string `json:"s3Object"`
	Hash      string `json:"hashValue"` // of its text, not compressed, in hex
	Algorithm string `json:"hashAlgorithm"`
}

// Key is a public key of CloudTrail. Each Region has its own.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PublicKey.html
type Key struct {
	Fingerprint string
	DER         []byte // PKCS #1
}

// The algorithms that AWS documents.
const signatureAlgorithm, hashAlgorithm = "SHA256withRSA", "SHA-256"

// Parse reads the text of a digest file, not compressed.
func Parse(text []byte) (*File, error) {
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("no digest: %w", err)
	}
	if f.Bucket == "" || f.Object == "" || f.Fingerprint == "" || f.EndTime().IsZero() {
		return nil, errors.New("no digest: it lacks its place, its end or the fingerprint of its key")
	}
	for _, l := range f.Logs {
		if l.Algorithm != hashAlgorithm || l.Object == "" || l.Bucket == "" {
			return nil, fmt.Errorf("log file %q has a hash of the algorithm %q, not %s", l.Object, l.Algorithm, hashAlgorithm)
		}
	}
	f.sum = sha256.Sum256(text)
	return &f, nil
}

// EndTime is when the digest's hour ended; zero: not readable.
func (f *File) EndTime() time.Time {
	at, err := time.Parse(time.RFC3339, f.End)
	if err != nil {
		return time.Time{}
	}
	return at
}

// Verify checks that CloudTrail signed the digest for this place. signature is the object's metadata
// x-amz-meta-signature, in hex.
func (f *File) Verify(bucket, object, signature string, keys []Key) error {
	if f.Bucket != bucket || f.Object != object {
		return fmt.Errorf("it was written for s3://%s/%s", f.Bucket, f.Object)
	}
	if f.Algorithm != signatureAlgorithm {
		return fmt.Errorf("its signature is of the algorithm %q, not %s", f.Algorithm, signatureAlgorithm)
	}
	sig, err := hex.DecodeString(signature)
	if err != nil || len(sig) == 0 {
		return errors.New("it has no signature")
	}
	for _, k := range keys {
		if k.Fingerprint != f.Fingerprint {
			continue
		}
		key, err := x509.ParsePKCS1PublicKey(k.DER)
		if err != nil {
			return fmt.Errorf("the key %s cannot be read: %w", k.Fingerprint, err)
		}
		sum := sha256.Sum256([]byte(f.signed()))
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) != nil {
			return errors.New("its signature is not CloudTrail's")
		}
		return nil
	}
	return fmt.Errorf("CloudTrail has no key %s", f.Fingerprint)
}

func (f *File) signed() string {
	previous := f.PreviousSignature
	if previous == "" {
		previous = "null"
	}
	return f.End + "\n" + f.Bucket + "/" + f.Object + "\n" + hex.EncodeToString(f.sum[:]) + "\n" + previous
}

// Follows reports whether the digest names another, by object and signature, as the one before it.
func (f *File) Follows(object, signature string) bool {
	return f.PreviousObject == object && f.PreviousSignature == signature
}
