package kms

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/fault"
)

const arn = "arn:aws:kms:eu-central-1:999900001111:key/0a1b2c3d-0000-4000-8000-000000000000"

// service is KMS's API with one key.
type service struct {
	private     ed25519.PrivateKey
	der         []byte
	spec, usage string
	code        string // of an error
	broken      bool   // it signs another text
	reads       int
	signed      map[string]any // the last request
}

func newService(t *testing.T) *service {
	public, private, err := ed25519.GenerateKey(nil)
	must(t, err)
	der, err := x509.MarshalPKIXPublicKey(public)
	must(t, err)
	return &service{private: private, der: der, spec: "ECC_NIST_EDWARDS25519", usage: "SIGN_VERIFY"}
}

func (s *service) Do(r *http.Request) (*http.Response, error) {
	status, out := http.StatusOK, any(nil)
	switch operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "TrentService."); {
	case s.code != "":
		status, out = http.StatusBadRequest, map[string]string{"__type": s.code}
	case operation == "GetPublicKey":
		s.reads++
		out = map[string]any{"KeyId": arn, "PublicKey": s.der, "KeySpec": s.spec, "KeyUsage": s.usage}
	case operation == "Sign":
		var in struct{ Message []byte }
		body, _ := io.ReadAll(r.Body)
		if err := errors.Join(json.Unmarshal(body, &in), json.Unmarshal(body, &s.signed)); err != nil {
			return nil, err
		}
		if s.broken {
			in.Message = append(in.Message, '!')
		}
		out = map[string]any{"KeyId": arn, "Signature": ed25519.Sign(s.private, in.Message)}
	default:
		return nil, errors.New("an unknown operation " + operation)
	}
	body, err := json.Marshal(out)
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, Body: io.NopCloser(strings.NewReader(string(body)))}, err
}

func (s *service) key() *Key {
	return New(aws.Config{
		Region: "eu-central-1", HTTPClient: s, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "x"}, nil
		}),
	}, arn)
}

func TestAKeySignsTheTextItself(t *testing.T) {
	s := newService(t)
	k := s.key()
	for _, text := range []string{"example.com/log\n1\nroot\n", strings.Repeat("x", maxText)} {
		signature, err := k.Sign(t.Context(), []byte(text))
		must(t, err)
		public, err := k.Public(t.Context())
		must(t, err)
		if !ed25519.Verify(public, []byte(text), signature) {
			t.Error("the signature does not fit the text")
		}
	}
	if s.reads != 1 {
		t.Errorf("the public key was read %d times", s.reads)
	}
	if s.signed["SigningAlgorithm"] != "ED25519_SHA_512" || s.signed["MessageType"] != "RAW" || s.signed["KeyId"] != arn {
		t.Errorf("asked for %v", s.signed)
	}
}

func TestASignatureThatDoesNotFitIsNotReturned(t *testing.T) {
	s := newService(t)
	s.broken = true
	if signature, err := s.key().Sign(t.Context(), []byte("text")); fault.KindOf(err) != fault.Internal || signature != nil {
		t.Errorf("%x, %v", signature, err)
	}
}

func TestOnlyAnEd25519KeyThatSignsIsUsed(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	p256, err := x509.MarshalPKIXPublicKey(other.Public())
	must(t, err)
	for what, change := range map[string]func(*service){
		"spec": func(s *service) { s.spec = "ECC_NIST_P256" }, "usage": func(s *service) { s.usage = "KEY_AGREEMENT" },
		"bytes": func(s *service) { s.der = p256 }, "no key": func(s *service) { s.der = []byte("x") },
		"disabled": func(s *service) { s.code = "DisabledException" }, "deleted": func(s *service) { s.code = "KMSInvalidStateException" },
		"denied": func(s *service) { s.code = "AccessDeniedException" },
	} {
		s := newService(t)
		change(s)
		if _, err := s.key().Sign(t.Context(), []byte("text")); fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v", what, err)
		}
	}
	s := newService(t)
	k := s.key()
	if _, err := k.Sign(t.Context(), make([]byte, maxText+1)); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	s.code = "ThrottlingException"
	if _, err := k.Sign(t.Context(), []byte("text")); fault.KindOf(err) != fault.Transient {
		t.Error(err)
	}
	s.code = ""
	if _, err := k.Sign(t.Context(), []byte("text")); err != nil {
		t.Errorf("after an error: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
