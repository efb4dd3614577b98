package standing

import (
	"slices"
	"strings"
	"sync"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
	"curfew/shared/outliving"
)

// Deletion is the class of actions that destroy stores and their copies.
const Deletion = "deletion"

// stores are services that keep data, with the words that begin the names of what destroys it.
var stores = map[string]string{
	"backup": "DeleteBackupVault DeleteRecoveryPoint DeleteBackupPlan", "cloudformation": "DeleteStack", "docdb-elastic": "DeleteCluster",
	"dynamodb": "DeleteTable DeleteBackup", "ec2": "DeleteSnapshot DeleteVolume TerminateInstances", "ecr": "DeleteRepository BatchDeleteImage",
	"eks": "DeleteCluster", "elasticache": "DeleteCacheCluster DeleteReplicationGroup DeleteSnapshot", "elasticfilesystem": "DeleteFileSystem",
	"es": "DeleteElasticsearchDomain DeleteDomain", "fsx": "DeleteFileSystem DeleteBackup DeleteVolume", "glacier": "DeleteVault DeleteArchive",
	"kms": "ScheduleKeyDeletion", "logs": "DeleteLogGroup", "memorydb": "DeleteCluster", "neptune-graph": "DeleteGraph", "organizations": "CloseAccount DeleteOrganization",
	"rds": "DeleteDBInstance DeleteDBCluster DeleteDBSnapshot DeleteDBClusterSnapshot", "redshift": "DeleteCluster DeleteClusterSnapshot", "route53": "DeleteHostedZone",
	"s3": "DeleteBucket DeleteObject DeleteObjectVersion PutLifecycleConfiguration", "secretsmanager": "DeleteSecret", "sqs": "DeleteQueue PurgeQueue", "ssm": "DeleteParameter",
	"timestream": "DeleteDatabase DeleteTable",
}

// privileged is one privileged action.
type privileged struct {
	action, class string
	first         bool // messages name it before others
}

// table are all privileged actions, sorted without case, with the services that have some.
type table struct {
	rows    []privileged
	service map[string][]int // indexes of rows
	index   map[string]int   // by action in lower case
}

var privileges = sync.OnceValue(func() *table {
	t := &table{service: map[string][]int{}, index: map[string]int{}}
	for _, r := range outliving.Reached(everything()) {
		for i, row := range r.Rows {
			t.rows = append(t.rows, privileged{row.Action, string(row.Class), i < 5})
		}
	}
	for service, names := range stores {
		for name := range strings.FieldsSeq(names) {
			if _, is := outliving.Lookup(service + ":" + name); !is {
				t.rows = append(t.rows, privileged{service + ":" + name, Deletion, false})
			}
		}
	}
	slices.SortFunc(t.rows, func(a, b privileged) int {
		return strings.Compare(strings.ToLower(a.action), strings.ToLower(b.action))
	})
	for i, row := range t.rows {
		service, _, _ := strings.Cut(row.action, ":")
		t.service[service] = append(t.service[service], i)
		t.index[strings.ToLower(row.action)] = i
	}
	return t
})

func everything() *iampolicy.Document { return withStatements([]iampolicy.Statement{allowAll}) }

var allowAll = iampolicy.Statement{Effect: iampolicy.Allow, Actions: []string{"*"}, Resources: []string{"*"}}

// set is a set of rows of the table.
type set []uint64

func newSet() set { return make(set, (len(privileges().rows)+63)/64) }

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// granted is what one document's Allow statements reach.
type granted struct {
	reached, everywhere set
	denies              bool
}

// reader finds the privileged actions of principals. Documents are shared by many, so it keeps what it found.
type reader struct {
	seen map[*iampolicy.Document]*granted
	scps map[string][]set // by account, one for each level
	o    *Options
}

func newReader(o *Options) *reader {
	return &reader{map[*iampolicy.Document]*granted{}, map[string][]set{}, o}
}

func (r *reader) granted(d *iampolicy.Document) *granted {
	if g := r.seen[d]; g != nil {
		return g
	}
	g := &granted{reached: newSet(), everywhere: newSet()}
	var wide []iampolicy.Statement
	for _, s := range d.Statements {
		g.denies = g.denies || s.Effect == iampolicy.Deny
		if s.Effect == iampolicy.Allow && (slices.Contains(s.Resources, "*") || len(s.NotResources) > 0) {
			wide = append(wide, s)
		}
	}
	reach(d, d.Statements, g.reached)
	if d := withStatements(wide); d != nil {
		reach(d, wide, g.everywhere)
	}
	r.seen[d] = g
	return g
}

// reach adds the rows that a document reaches.
func reach(d *iampolicy.Document, statements []iampolicy.Statement, to set) {
	for service, rows := range privileges().service {
		if !names(statements, service) {
			continue
		}
		for _, i := range rows {
			if iampolicy.Reaches(privileges().rows[i].action, d) {
				to.add(i)
			}
		}
	}
}

// names reports whether an Allow may cover actions of a service. A service may have wildcards in a policy.
func names(statements []iampolicy.Statement, service string) bool {
	for _, s := range statements {
		if s.Effect != iampolicy.Allow {
			continue
		}
		if len(s.NotActions) > 0 {
			return true
		}
		for _, action := range s.Actions {
			of, _, _ := strings.Cut(action, ":")
			if strings.ContainsAny(of, "*?") || strings.EqualFold(of, service) {
				return true
			}
		}
	}
	return false
}

// own are the policies of a principal without grants.
func (r *reader) own(p *authdetails.Principal) (docs []*iampolicy.Document) {
	for _, n := range p.Policies.Identity {
		if n.Document != nil && !r.o.isGrant(n.Name) {
			docs = append(docs, n.Document)
		}
	}
	return docs
}

// reached gives the privileged actions of a principal, and those on every resource.
func (r *reader) reached(p *authdetails.Principal) (all, everywhere set) {
	all, everywhere = newSet(), newSet()
	docs, denies := r.own(p), false
	for _, d := range docs {
		g := r.granted(d)
		denies = denies || g.denies
		for i := range all {
			all[i] |= g.reached[i]
			everywhere[i] |= g.everywhere[i]
		}
	}
	limits := r.limits(p.Account)
	if p.Policies.Boundary != nil {
		limits = append(slices.Clone(limits), r.granted(p.Policies.Boundary).reached)
	}
	for i, row := range privileges().rows {
		refused := slices.ContainsFunc(limits, func(l set) bool { return !l.has(i) })
		if all.has(i) && (refused || denies && !iampolicy.Reaches(row.action, docs...)) {
			all[i/64] &^= 1 << (i % 64)
			everywhere[i/64] &^= 1 << (i % 64)
		}
	}
	return all, everywhere
}

// limits are what the organization's levels leave to an account.
func (r *reader) limits(account string) []set {
	if r.o.SCPs == nil {
		return nil
	}
	if all, is := r.scps[account]; is {
		return all
	}
	var all []set
	for _, level := range r.o.SCPs[account] {
		if len(level) == 0 {
			continue
		}
		s := newSet()
		for i, row := range privileges().rows {
			if iampolicy.Reaches(row.action, level...) {
				s.add(i)
			}
		}
		all = append(all, s)
	}
	r.scps[account] = all
	return all
}

func classes(all, everywhere set) (found []Class) {
	by := map[string]*Class{}
	for _, first := range []bool{true, false} {
		for i, row := range privileges().rows {
			if row.first != first || !all.has(i) {
				continue
			}
			c := by[row.class]
			if c == nil {
				c = &Class{Name: row.class}
				by[row.class] = c
			}
			c.Count++
			c.Everywhere = c.Everywhere || everywhere.has(i)
			if len(c.Actions) < 20 {
				c.Actions = append(c.Actions, row.action)
			}
		}
	}
	for _, c := range by {
		found = append(found, *c)
	}
	slices.SortFunc(found, func(a, b Class) int { return strings.Compare(a.Name, b.Name) })
	return found
}

func actionsOf(all set) (actions []string) {
	for i, row := range privileges().rows {
		if all.has(i) {
			actions = append(actions, row.action)
		}
	}
	return actions
}

// admin says that a principal may do everything; empty: it may not. A boundary or SCP that takes a privileged action away, or a Deny,
// makes it less than an administrator: its classes say what is left.
func (r *reader) admin(p *authdetails.Principal, all set) string {
	says := outliving.Admin(r.own(p)...)
	if says == "" {
		return ""
	}
	for i := range privileges().rows {
		if !all.has(i) {
			return ""
		}
	}
	return says
}
