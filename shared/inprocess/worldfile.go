package inprocess

import (
	"bytes"
	_ "embed" // for the example world
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/strictjson"
)

//go:embed example-world.json
var exampleWorld []byte

// ExampleWorld returns a world file: one account with roles that Curfew may elevate, roles that it may not, and the
// accepted permissions boundary.
func ExampleWorld() []byte { return slices.Clone(exampleWorld) }

// The members of GetAccountAuthorizationDetails that are used.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
type (
	worldPrincipal struct {
		ARN      string          `json:"Arn"`
		RoleID   string          `json:"RoleId"`
		UserID   string          `json:"UserId"`
		Trust    text            `json:"AssumeRolePolicyDocument"`
		OfRole   []worldInline   `json:"RolePolicyList"`
		OfUser   []worldInline   `json:"UserPolicyList"`
		Groups   []string        `json:"GroupList"`
		Attached []worldAttached `json:"AttachedManagedPolicies"`
		Boundary struct {
			ARN string `json:"PermissionsBoundaryArn"`
		} `json:"PermissionsBoundary"`
		Tags []struct{ Key, Value string }
	}
	worldInline struct {
		Name     string `json:"PolicyName"`
		Document text   `json:"PolicyDocument"`
	}
	worldAttached struct {
		ARN string `json:"PolicyArn"`
	}
	worldGroup struct {
		Name     string          `json:"GroupName"`
		ARN      string          `json:"Arn"`
		Inline   []worldInline   `json:"GroupPolicyList"`
		Attached []worldAttached `json:"AttachedManagedPolicies"`
	}
	worldPolicy struct {
		ARN      string `json:"Arn"`
		Versions []struct {
			Document text
			Default  bool `json:"IsDefaultVersion"`
		} `json:"PolicyVersionList"`
	}
)

// text is a policy document: a JSON object, or the URL-encoded string of the API.
type text []byte

// UnmarshalJSON reads both forms.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var encoded string
		if err := json.Unmarshal(b, &encoded); err != nil {
			return err
		}
		decoded, err := url.PathUnescape(encoded)
		if err != nil {
			return fmt.Errorf("policy document: %w", err)
		}
		b = []byte(decoded)
	}
	var small bytes.Buffer
	if err := json.Compact(&small, b); err != nil {
		return fmt.Errorf("policy document: %w", err)
	}
	*t = small.Bytes()
	return nil
}

const maxWorld = 256 << 20

// LoadWorld reads the output of `aws iam get-account-authorization-details`, of one or more accounts. It must contain
// everything that a principal refers to, AWS managed policies too; otherwise decisions would be wrong without notice.
// An error is one line, after file name and line number.
func LoadWorld(r io.Reader, file string) (*IAM, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxWorld+1))
	if err == nil && len(content) > maxWorld {
		err = fmt.Errorf("more than %d MiB", maxWorld>>20)
	}
	if err == nil {
		err = strictjson.CheckDepth(string(content))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := fault.CheckUTF16(content); err != nil {
		return nil, fmt.Errorf("%s %w", file, err)
	}
	l := loader{content: content, world: newIAM()}
	l.world.settings.Now = func() time.Time { return time.Time{} } // so that all of it is enforced already
	if err := l.load(); err != nil {
		return nil, fmt.Errorf("%s:%d: %s", file, l.line(), strings.ReplaceAll(err.Error(), "\n", " "))
	}
	l.world.settings.Now = time.Now
	return l.world, nil
}

type loader struct {
	content []byte
	decoder *json.Decoder
	at      int64 // offset of the current item
	world   *IAM
	later   []pending
}

// pending is a principal to make when all policies and groups are read.
type pending struct {
	at int64
	worldPrincipal
}

func (l *loader) line() int {
	return 1 + bytes.Count(l.content[:min(int(l.at), len(l.content))], []byte("\n"))
}

func (l *loader) load() error {
	l.decoder = json.NewDecoder(bytes.NewReader(l.content))
	if err := l.delim('{'); err != nil {
		return err
	}
	for l.decoder.More() {
		if err := l.member(); err != nil {
			return err
		}
	}
	if err := l.delim('}'); err != nil {
		return err
	}
	for _, p := range l.later {
		l.at = p.at
		if err := l.principal(p.worldPrincipal); err != nil {
			return err
		}
	}
	if len(l.later) == 0 {
		l.at = 0
		return errors.New("the file has no role or user")
	}
	return nil
}

func (l *loader) member() error {
	l.here()
	name, err := l.decoder.Token()
	if err != nil {
		return l.syntax(err)
	}
	switch name {
	case "RoleDetailList", "UserDetailList":
		return items(l, func(p worldPrincipal) error {
			l.later = append(l.later, pending{l.at, p})
			return nil
		})
	case "GroupDetailList":
		return items(l, l.group)
	case "Policies":
		return items(l, l.policy)
	}
	var other json.RawMessage
	return l.syntax(l.decoder.Decode(&other))
}

func items[T any](l *loader, use func(T) error) error {
	if err := l.delim('['); err != nil {
		return err
	}
	for l.decoder.More() {
		l.here()
		var item T
		if err := l.decoder.Decode(&item); err != nil {
			return l.syntax(err)
		}
		if err := use(item); err != nil {
			return err
		}
	}
	return l.delim(']')
}

func (l *loader) here() {
	l.at = l.decoder.InputOffset()
	for l.at < int64(len(l.content)) && strings.IndexByte(" \t\r\n,:", l.content[l.at]) >= 0 {
		l.at++
	}
}

func (l *loader) delim(want json.Delim) error {
	l.here()
	got, err := l.decoder.Token()
	if err != nil {
		return l.syntax(err)
	}
	if got != want {
		return fmt.Errorf("want %v, got %v", want, got)
	}
	return nil
}

// syntax adds the offset to a JSON error. The decoder's own offset ignores tokens already read, so syntax decodes the
// bad value again.
func (l *loader) syntax(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		l.at = int64(len(l.content))
		return errors.New("unexpected end of file")
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); !ok {
		return err
	}
	var value json.RawMessage
	again := json.NewDecoder(bytes.NewReader(l.content[l.at:])).Decode(&value)
	if e, ok := errors.AsType[*json.SyntaxError](again); ok {
		l.at += e.Offset - 1
	}
	return err
}

func (l *loader) policy(p worldPolicy) error {
	parts, ok := iamarn.Parse(p.ARN)
	if !ok || parts.Kind != "policy" {
		return fmt.Errorf("%q is not the ARN of a policy", p.ARN)
	}
	for _, v := range p.Versions {
		if !v.Default {
			continue
		}
		doc, err := newDocument(string(v.Document))
		if err != nil {
			return fmt.Errorf("policy %s: %w", parts.Name, err)
		}
		return l.addPolicy(parts, &managed{arn: p.ARN, document: doc})
	}
	return fmt.Errorf("policy %s has no default version", parts.Name)
}

// addPolicy adds a policy to its account. AWS managed policies go to "aws".
func (l *loader) addPolicy(parts iamarn.ARN, m *managed) error {
	if l.world.policy(m.arn) != nil {
		return fmt.Errorf("policy %s is in the file twice", m.arn)
	}
	l.world.account(parts.Account).add(parts, m)
	return nil
}

func (l *loader) group(g worldGroup) error {
	parts, ok := iamarn.Parse(g.ARN)
	if !ok || parts.Kind != "group" {
		return fmt.Errorf("%q is not the ARN of a group", g.ARN)
	}
	inline, err := documents(g.Inline)
	if err != nil {
		return fmt.Errorf("group %s: %w", g.Name, err)
	}
	l.world.account(parts.Account).groups[strings.ToLower(parts.Name)] = &group{arn: g.ARN, name: g.Name, inline: inline, attached: arns(g.Attached)}
	return nil
}

func (l *loader) principal(p worldPrincipal) error {
	parts, ok := iamarn.Parse(p.ARN)
	if !ok || parts.Kind != "role" && parts.Kind != "user" {
		return fmt.Errorf("%q is not the ARN of a role or user", p.ARN)
	}
	if err := l.refers(parts, p); err != nil {
		return fmt.Errorf("%s %s: %w", parts.Kind, parts.Name, err)
	}
	inline, err := documents(slices.Concat(p.OfRole, p.OfUser))
	if err != nil {
		return fmt.Errorf("%s %s: %w", parts.Kind, parts.Name, err)
	}
	made := &principal{
		arn: p.ARN, id: p.RoleID + p.UserID, tags: tags{}, boundary: p.Boundary.ARN,
		trust: string(p.Trust), inline: inline, attached: arns(p.Attached), groups: p.Groups, own: &ownCache{},
	}
	for _, t := range p.Tags {
		if key, ok := made.tags.find(t.Key); ok {
			return fmt.Errorf("%s %s: the tags %s and %s have the same key: IAM ignores case", parts.Kind, parts.Name, key, t.Key)
		}
		made.tags[t.Key] = t.Value
	}
	l.world.publish(p.ARN, made)
	return nil
}

func (l *loader) refers(parts iamarn.ARN, p worldPrincipal) error {
	if (p.RoleID == "") == (p.UserID == "") {
		return errors.New("want exactly one of RoleId and UserId")
	}
	if l.world.find(p.ARN) != nil {
		return errors.New("it is in the file twice")
	}
	for _, arn := range append(arns(p.Attached), p.Boundary.ARN) {
		if arn == p.Boundary.ARN && l.shipBoundary(parts.Account, arn) {
			continue
		}
		if arn != "" && l.world.policy(arn) == nil {
			return fmt.Errorf("policy %s is not in this file: run get-account-authorization-details without --filter", arn)
		}
	}
	for _, g := range p.Groups {
		if l.world.account(parts.Account).groups[strings.ToLower(g)] == nil {
			return fmt.Errorf("group %s is not in this file: run get-account-authorization-details without --filter", g)
		}
	}
	return nil
}

// shipBoundary adds the boundary of an installation called curfew if that policy is missing. The owner of an account
// without Curfew can then try it.
func (l *loader) shipBoundary(account, arn string) bool {
	if arn != "arn:aws:iam::"+account+":policy/curfew-boundary" || l.world.policy(arn) != nil {
		return l.world.policy(arn) != nil
	}
	const exampleAccount = "111122223333"
	if account == exampleAccount { // the example has its own
		return false
	}
	example, err := LoadWorld(bytes.NewReader(exampleWorld), "example-world.json")
	if err != nil {
		return false
	}
	text := example.policy("arn:aws:iam::" + exampleAccount + ":policy/curfew-boundary").document.text
	text = strings.ReplaceAll(text, exampleAccount, account)
	doc, err := newDocument(text)
	if err != nil {
		return false
	}
	l.world.account(account).policies[strings.ToLower(arn)] = &managed{arn: arn, document: doc}
	return true
}

func documents(list []worldInline) (map[string]document, error) {
	made := map[string]document{}
	for _, in := range list {
		doc, err := newDocument(string(in.Document))
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", in.Name, err)
		}
		made[in.Name] = doc
	}
	return made, nil
}

func arns(list []worldAttached) []string {
	var all []string
	for _, a := range list {
		all = append(all, a.ARN)
	}
	return all
}
