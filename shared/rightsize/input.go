package rightsize

import (
	"curfew/shared/strictjson"
)

// managedSize is IAM's quota for a managed policy, in characters without white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const managedSize = 6144

const maxUses, maxPatterns, maxWide = 50_000, 5_000, 200

// Policy is a policy document, or an entitlement's template with {{placeholders}}.
type Policy struct {
	Name string
	Text []byte
}

// Input is what is known.
type Input struct {
	Policies []Policy // together they allow the calls
	Uses     []Use    // all of them: what is not here counts as not used
	Maybe    []Use    // calls that another policy may have allowed: what allows them here is kept
	// Logged reports whether the trails log the data events of a type of resource, as "AWS::S3::Object"; nil: of none.
	Logged func(resourceType string) bool
	// Doubts say why Uses may lack calls. With one, nothing counts as unused and nothing changes.
	Doubts    []string
	Resources bool // narrow them too
}

type run struct {
	Input
	uses      []Use
	quiet     *silent
	templates []*policy
	allows    []*allow
}

type policy struct {
	*template
	is     *strictjson.Value // the new text; nil: nothing is left
	name   string
	allows []*allow
	denies denies
	notes  []string
}

type allow struct {
	*narrowed
	tree   *strictjson.Value
	before right
	now    *right // by the new text; nil: it is gone
	same   bool   // its resources
	had    []Use  // uses that it allows
}

func (a *allow) gone() bool {
	return !a.stays() && len(a.actions()) == 0
}
