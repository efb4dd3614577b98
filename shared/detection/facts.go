package detection

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"curfew/shared/iamdata"
	"curfew/shared/trail"
)

// view is an event while it is judged. It computes rare facts once, when needed.
type view struct {
	*Event
	text     []byte // the envelope
	source   string // its source
	calls    []trail.Call
	known    bool // calls is set
	entities [len(parts)]*cedar.Entity
	asked    int // times that Cedar was asked
}

// textAt is the text at a path of the envelope. Unknown: the record is odd, or lacks the path.
func (v *view) textAt(path string) (text string, known bool) {
	r := v.Record
	if r.Odd != 0 {
		return "", false
	}
	switch path {
	case "source":
		if v.source == "" {
			v.source = busSource(r.Source)
		}
		return v.source, true
	case "detail.eventSource":
		return r.Source, true
	case "detail.eventName":
		return r.Name, true
	case "detail.eventType":
		return r.Type, true
	case "detail.errorCode":
		return r.Error, true
	case "detail.vpcEndpointId":
		return r.VPCEndpoint, true
	case "detail.userIdentity.type":
		return r.Identity.Type, true
	case "detail.userIdentity.accessKeyId":
		return r.Identity.AccessKey, true
	case "detail.userIdentity.invokedBy":
		return r.Identity.InvokedBy, true
	}
	return "", false
}

func (v *view) envelopeText() []byte {
	if v.text == nil {
		v.text = v.envelope()
	}
	return v.text
}

// iamCalls are the IAM actions of the call. Attribution knows those of marked principals.
func (v *view) iamCalls() []trail.Call {
	if !v.known {
		v.known = true
		if v.calls = v.Verdict.Calls; v.calls == nil {
			v.calls, _ = trail.Calls(v.Record)
		}
	}
	return v.calls
}

// fact is one attribute of the context. Exactly one function is set. An optional text is absent if empty.
type fact struct {
	text     func(*view) string
	optional bool
	flag     func(*view) bool
	moment   func(*view) time.Time   // zero: absent
	value    func(*view) cedar.Value // nil: absent
}

func (f *fact) of(v *view) cedar.Value {
	switch {
	case f.flag != nil:
		return cedar.Boolean(f.flag(v))
	case f.moment != nil:
		t := f.moment(v)
		if t.IsZero() {
			return nil
		}
		return cedar.NewDatetime(t)
	case f.value != nil:
		return f.value(v)
	}
	s := f.text(v)
	if s == "" && f.optional {
		return nil
	}
	return cedar.String(bounded(s, maxText))
}

func needed(text func(*view) string) fact   { return fact{text: text} }
func optional(text func(*view) string) fact { return fact{text: text, optional: true} }
func flag(is func(*view) bool) fact         { return fact{flag: is} }
func moment(at func(*view) time.Time) fact  { return fact{moment: at} }

// facts are the attributes by name; schema.cedarschema says what they mean. Constant.
var facts = map[string]fact{
	"eventSource": needed(func(v *view) string { return v.Record.Source }),
	"eventName":   needed(func(v *view) string { return v.Record.Name }),
	"account":     needed(func(v *view) string { return v.Record.Account }),
	"region":      needed(func(v *view) string { return v.Record.Region }),
	"at":          moment(func(v *view) time.Time { return v.Record.Time }),
	"allowed":     flag(func(v *view) bool { return v.allowed() }),
	"denied":      flag(func(v *view) bool { return v.Record.Denied() }),
	"error":       optional(func(v *view) string { return v.Record.Error }),
	"readOnly":    flag(func(v *view) bool { return v.Record.ReadOnly == trail.True }),
	"address":     optional(address),
	"origin": needed(func(v *view) string {
		if v.Origin == "" {
			return string(OriginUnknown)
		}
		return string(v.Origin)
	}),
	"agent": optional(func(v *view) string { return v.Record.Agent }),

	"type":           needed(func(v *view) string { return v.Record.Identity.Type }),
	"arn":            optional(arn),
	"callerAccount":  optional(func(v *view) string { return v.Record.Identity.Account }),
	"session":        optional(session),
	"sourceIdentity": optional(func(v *view) string { return v.Record.Identity.SourceIdentity }),
	"mfa":            flag(func(v *view) bool { return v.Record.Identity.MFA == trail.True }),
	"invokedBy":      optional(func(v *view) string { return v.Record.Identity.InvokedBy }),
	"instance": flag(func(v *view) bool {
		return strings.HasPrefix(session(v), "i-") && v.Record.Identity.EC2RoleDelivery != ""
	}),

	"class":       needed(func(v *view) string { return string(v.Class) }),
	"outside":     flag(func(v *view) bool { return v.outside() }),
	"right":       needed(func(v *view) string { return string(v.Verdict.Right) }),
	"unresolved":  optional(func(v *view) string { return string(v.Verdict.Why) }),
	"late":        flag(func(v *view) bool { return v.Verdict.Late }),
	"who":         needed(func(v *view) string { return string(v.Who.Kind) }),
	"whoName":     optional(func(v *view) string { return v.Who.Name }),
	"elevation":   optional(func(v *view) string { return v.had().ID }),
	"ofOther":     optional(func(v *view) string { return v.OfOther }),
	"state":       needed(func(v *view) string { return v.had().State }),
	"task":        needed(func(v *view) string { return v.had().TaskKind }),
	"taskKnown":   flag(func(v *view) bool { return v.had().TaskKnown }),
	"binding":     needed(func(v *view) string { return string(v.had().Binding) }),
	"deadline":    moment(func(v *view) time.Time { return v.had().Deadline }),
	"ended":       moment(func(v *view) time.Time { return v.had().EndedAt }),
	"approver":    flag(approver),
	"ownResource": flag(func(v *view) bool { return v.OwnResource }),
	"explained":   flag(func(v *view) bool { return v.Explained }),

	"actions":     {value: actions},
	"permissions": flag(managesPermissions),
	"passesRole":  flag(passesRole),
	"self":        flag(self),
	"expires":     moment(func(v *view) time.Time { return v.Record.Expires() }),
	"document":    {value: func(v *view) cedar.Value { return document(v.Record) }},
	"parameters":  {value: func(*view) cedar.Value { return valuesID("parameters") }},
	"response":    {value: func(*view) cedar.Value { return valuesID("response") }},
	"additional":  {value: func(*view) cedar.Value { return valuesID("additional") }},
	"cut":         flag(func(v *view) bool { return v.cutAny() }),
}

// Closed are the values of the attributes that have few, by path.
func Closed() map[string][]string {
	return map[string][]string{
		"context.origin":     {string(OriginKnown), string(OriginNew), string(OriginUnknown)},
		"context.class":      {string(Marked), string(Own), string(IaC), string(Other)},
		"context.binding":    {"", string(BoundHere), string(BoundNone)},
		"context.right":      {string(trail.ByElevation), string(trail.Standing), string(trail.Service), string(trail.Unresolved), string(trail.Other)},
		"context.unresolved": {string(trail.WhyIdentity), string(trail.WhyTime), string(trail.WhyAction), string(trail.WhyContext), string(trail.WhyUnexplained)},
		"context.who": {"", string(trail.WhoUnknown), string(trail.WhoAmbiguous), string(trail.WhoIdentityCenter), string(trail.WhoUser), string(trail.WhoRoot),
			string(trail.WhoWebIdentity), string(trail.WhoSAML), string(trail.WhoAccount), string(trail.WhoService)},
		"context.type": {"", "AssumedRole", "IAMUser", "AWSService", "Root", "AWSAccount", "FederatedUser", "IdentityCenterUser", "WebIdentityUser", "SAMLUser",
			"Role", "Directory", "Unknown"},
		"context.state": {"", "requested", "approved", "granting", "active", "revoking", "stuck", "ended", "denied", "withdrawn", "lapsed"},
	}
}

func address(v *view) string {
	if _, err := netip.ParseAddr(v.Record.Address); err != nil {
		return ""
	}
	return v.Record.Address
}

func arn(v *view) string {
	if a := v.Record.Identity.Actor(); a.ARN != "" {
		return a.ARN
	}
	return v.Record.Identity.ARN
}

func session(v *view) string {
	_, name, _ := strings.Cut(v.Record.Identity.PrincipalID, ":")
	return name
}

var noElevation Elevation

// had is the elevation, or an empty one.
func (v *view) had() *Elevation {
	if v.Elevation == nil {
		return &noElevation
	}
	return v.Elevation
}

// approver compares all names of the caller.
func approver(v *view) bool {
	if len(v.had().Approvers) == 0 {
		return false
	}
	d := &v.Record.Identity
	for _, name := range [...]string{v.Who.Name, v.Who.Claim, session(v), d.SourceIdentity, d.UserName, d.OnBehalfOf} {
		if name != "" && slices.ContainsFunc(v.had().Approvers, func(a string) bool { return strings.EqualFold(a, name) }) {
			return true
		}
	}
	return false
}

func actions(v *view) cedar.Value {
	var all []cedar.Value
	for _, c := range v.iamCalls() {
		all = append(all, cedar.String(c.Action))
	}
	return cedar.NewSet(all...)
}

func managesPermissions(v *view) bool {
	for _, c := range v.iamCalls() {
		service, name, _ := strings.Cut(c.Action, ":")
		if a, ok := iamdata.Lookup(service, name); ok && a.Level == iamdata.PermissionsManagement || c.Action == passRole {
			return true
		}
	}
	return false
}

const passRole = "iam:PassRole"

func passesRole(v *view) bool {
	for _, c := range v.iamCalls() {
		if c.Action == passRole {
			return true
		}
	}
	return false
}

// self: without a user name, IAM takes the caller's.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
func self(v *view) bool {
	d := &v.Record.Identity
	name := flatten(v.Record.Parameters).values["userName"]
	return name == "" || d.Type == "IAMUser" && name == d.UserName
}

// Get returns the entity of a part of the record.
func (v *view) Get(uid cedar.EntityUID) (cedar.Entity, bool) {
	if uid.Type != typeValues {
		return cedar.Entity{}, false
	}
	at := slices.Index(parts[:], string(uid.ID))
	if at < 0 {
		return cedar.Entity{}, false
	}
	if v.entities[at] == nil { // Cedar gets it for each tag
		tags := cedar.RecordMap{}
		for name, value := range flatten(v.part(at)).values {
			tags[cedar.String(name)] = cedar.String(value)
		}
		v.entities[at] = &cedar.Entity{UID: uid, Tags: cedar.NewRecord(tags)}
	}
	return *v.entities[at], true
}

const typeValues = cedar.EntityType("Values")

func valuesID(part string) cedar.Value { return types.NewEntityUID(typeValues, cedar.String(part)) }

// parts are the parts of a record that are entities.
var parts = [...]string{"parameters", "response", "additional"}

func (v *view) part(at int) string {
	return [...]string{v.Record.Parameters, v.Record.Response, v.Record.Additional}[at]
}

func (v *view) cutAny() bool {
	return flatten(v.Record.Parameters).cut || flatten(v.Record.Response).cut || flatten(v.Record.Additional).cut
}
