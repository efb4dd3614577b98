// Package kms signs the log's checkpoints with an Ed25519 key of AWS KMS, which never leaves it.
// https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
package kms

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

type Client interface {
	GetPublicKey(context.Context, *kms.GetPublicKeyInput, ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error)
	Sign(context.Context, *kms.SignInput, ...func(*kms.Options)) (*kms.SignOutput, error)
}

// Key is [log.Key]. It is safe for concurrent use.
type Key struct {
	client Client
	arn    string

	mu     sync.Mutex // guards public
	public ed25519.PublicKey
}

var (
	_ Client  = (*kms.Client)(nil)
	_ log.Key = (*Key)(nil)
)

// Keys returns the keys with these ARNs.
func Keys(cfg aws.Config, arns []string) []log.Key {
	var all []log.Key
	for _, arn := range arns {
		all = append(all, New(cfg, arn))
	}
	return all
}

// New returns the key with an ARN. It makes no call.
func New(cfg aws.Config, arn string) *Key { return &Key{client: kms.NewFromConfig(cfg), arn: arn} }

// Public is [log.Key.Public]. It asks KMS once: the public part of a key never changes. Internal: the key does not sign
// with Ed25519.
func (k *Key) Public(ctx context.Context) (ed25519.PublicKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.public != nil {
		return k.public, nil
	}
	out, err := k.client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &k.arn})
	if err != nil {
		return nil, callError("reading the public key "+k.arn, err)
	}
	if out.KeySpec != types.KeySpecEccNistEdwards25519 || out.KeyUsage != types.KeyUsageTypeSignVerify {
		return nil, fault.Errorf(fault.Internal, "the key %s is %s for %s: want %s for %s", k.arn, out.KeySpec, out.KeyUsage,
			types.KeySpecEccNistEdwards25519, types.KeyUsageTypeSignVerify)
	}
	parsed, err := x509.ParsePKIXPublicKey(out.PublicKey)
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "the public key %s: %w", k.arn, err)
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return nil, fault.Errorf(fault.Internal, "the public key %s is a %T", k.arn, parsed)
	}
	k.public = public
	return public, nil
}

// maxText is KMS's limit for a message that it does not get as a digest.
// https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
const maxText = 4096

// Sign is [log.Key.Sign]. It verifies the signature before it returns it. Invalid: the text is too long.
func (k *Key) Sign(ctx context.Context, text []byte) ([]byte, error) {
	if len(text) > maxText {
		return nil, fault.Errorf(fault.Invalid, "a text of %d bytes: KMS signs at most %d", len(text), maxText)
	}
	public, err := k.Public(ctx)
	if err != nil {
		return nil, err
	}
	out, err := k.client.Sign(ctx, &kms.SignInput{
		KeyId: &k.arn, Message: text, MessageType: types.MessageTypeRaw, SigningAlgorithm: types.SigningAlgorithmSpecEd25519Sha512,
	})
	if err != nil {
		return nil, callError("signing with "+k.arn, err)
	}
	if !ed25519.Verify(public, text, out.Signature) {
		return nil, fault.Errorf(fault.Internal, "the signature by %s does not fit its public key", k.arn)
	}
	return out.Signature, nil
}

func callError(doing string, err error) error {
	switch onaws.ErrorCode(err) {
	case "NotFoundException", "DisabledException", "InvalidKeyUsageException", "KMSInvalidStateException", "UnsupportedOperationException", "InvalidArnException":
		return fault.Errorf(fault.Internal, "%s: %w", doing, err)
	}
	return onaws.CallError(doing, err)
}
