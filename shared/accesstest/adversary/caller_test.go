package adversary

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"curfew/shared/identity"
)

const (
	account   = "arn:aws:iam::111122223333:"
	engineer  = account + "role/engineer-deploy"
	backup    = account + "role/backup-runner"
	agent     = account + "role/agent-summarizer"
	responder = account + "role/responder"
	legacy    = account + "role/legacy-admin"

	issuer = "https://id.example.com"
	other  = "https://login.example.com"
)

// The people of the example. ana and cem are engineers, ben is a lead and owns all entitlements, cem is on call, dee is
// an operator.
func ana() identity.Caller { return person(issuer, "0001", "ana", "engineers") }
func ben() identity.Caller { return person(issuer, "0002", "ben", "leads", "platform") }
func cem() identity.Caller { return person(issuer, "0003", "cem", "engineers", "oncall") }
func dee() identity.Caller { return person(issuer, "0004", "dee", "security", "operators") }

// eve is a lead who owns nothing; zoe is signed in without groups.
func eve() identity.Caller { return person(issuer, "0005", "eve", "leads") }
func zoe() identity.Caller { return person(issuer, "0006", "zoe") }

func person(iss, subject, name string, groups ...string) identity.Caller {
	return identity.Caller{ID: identity.PersonID(iss, subject), Kind: identity.Person, Name: name, Groups: groups, MFA: true}
}

// The machines of the example, each with its own session name.
func runner(session string) identity.Caller {
	return machine(backup, "AROAEXAMPLE0000000002", session, "backup")
}

func summarizer(session string) identity.Caller {
	return machine(agent, "AROAEXAMPLE0000000003", session, "agents")
}

// deployer is the role that engineers assume, calling as itself.
func deployer(session string, groups ...string) identity.Caller {
	return machine(engineer, "AROAEXAMPLE0000000001", session, groups...)
}

func machine(arn, id, session string, groups ...string) identity.Caller {
	return identity.Caller{ID: identity.MachineID(id), Kind: identity.Machine, ARN: arn, Name: session, Groups: groups}
}

// in returns the caller with exactly these groups.
func in(c identity.Caller, groups ...string) identity.Caller {
	c.Groups = slices.Clone(groups)
	return c
}

// weak returns the caller without MFA.
func weak(c identity.Caller) identity.Caller {
	c.MFA = false
	return c
}

// signedIn returns the caller with MFA at an instant, from the beginning of the bubble.
func signedIn(c identity.Caller, from time.Duration) identity.Caller {
	c.MFAAt = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(from)
	return c
}

// token returns the caller's bearer token.
func token(c identity.Caller) string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // cannot fail: strings, a list of them and a bool
	}
	sum := sha256.Sum256(b)
	return "token-" + hex.EncodeToString(sum[:12])
}
