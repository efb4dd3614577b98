package adversary

import (
	"context"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"curfew/shared/access"
	"curfew/shared/catalog"
)

// example is the shipped catalog with more entitlements, built once.
var example = sync.OnceValue(func() *catalog.Catalog {
	c, err := catalog.Load(extended())
	if err != nil {
		panic(err)
	}
	return c
})

// changed returns the catalog with one text of a file replaced.
func changed(t testing.TB, path, old, new string) *catalog.Catalog {
	t.Helper()
	files := extended()
	text := string(files[path].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%q is not in %s", old, path)
	}
	files[path].Data = []byte(strings.Replace(text, old, new, 1))
	files["tests.yaml"].Data = []byte("[]")
	c, err := catalog.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// extended adds what the example does not use: two approvers, approval of a machine, MFA, and principals of every kind.
func extended() fstest.MapFS {
	files := fstest.MapFS{}
	err := fs.WalkDir(catalog.Example(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(catalog.Example(), path)
		files[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		panic(err)
	}
	// Without the list of existing principals an entitlement may name missing ones.
	identities := string(files["identities.yaml"].Data)
	before, rest, _ := strings.Cut(identities, "principals:\n")
	_, after, found := strings.Cut(rest, "\n\n")
	if !found {
		panic("identities.yaml: no empty line after principals")
	}
	files["identities.yaml"].Data = []byte(before + "\n" + after)
	for name, text := range map[string]string{
		"two-leads":      reads("engineers", "change", "role/engineer-*") + `approval: {need: 2, of: ["group:leads"], within: 1h}`,
		"agent-tickets":  reads("agents", "workflow", "role/agent-*") + "binding: weak\nheartbeat: 5m\n" + `approval: {need: 1, of: ["group:leads", "group:platform"], within: 1h}`,
		"signed-in":      reads("engineers", "change", "role/engineer-*") + "mfa: true",
		"any-role":       reads("engineers", "change", "role/*", "role/*/*", "role/*/*/*") + "binding: weak",
		"strict-binding": reads("engineers", "change", "role/legacy-*"),
		"ended":          reads("engineers", "change", "role/engineer-*") + "until: 1999-12-31",
		"rationed":       reads("engineers", "change", "role/engineer-*") + "budgets: [{per: entitlement, minutes: 40, in: 24h}]",
		"escalated":      reads("engineers", "change", "role/engineer-*") + `approval: {need: 1, of: ["group:leads"], within: 1h, then: [{after: 30m, of: ["group:heads"]}]}`,
		"stepped-up":     reads("engineers", "change", "role/engineer-*") + `approval: {need: 1, of: ["group:leads"], within: 1h, mfaWithin: 15m}`,
		"team":           reads("engineers", "change", "role/team/*") + "binding: weak",
	} {
		files["entitlements/"+name+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// reads is the beginning of an entitlement that lets a group read one bucket for a kind of task.
func reads(group, task string, principals ...string) string {
	var patterns []string
	for _, p := range principals {
		patterns = append(patterns, strconv.Quote(account+p))
	}
	return `about: Reading tickets
owners: ["group:platform"]
requesters: ["group:` + group + `"]
tasks: [` + task + `]
max: 30m
session: userid
principals: [` + strings.Join(patterns, ", ") + `]
policy: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::example-tickets/*"}]}
`
}

// rules is a decider whose catalog can be replaced.
type rules struct {
	now atomic.Pointer[access.Decider]
}

func newRules(c *catalog.Catalog) *rules {
	r := &rules{}
	r.become(catalog.NewSet(c))
	return r
}

func (r *rules) become(d access.Decider) { r.now.Store(&d) }

func (r *rules) Entitlement(ctx context.Context, hash, name string) (access.Entitlement, error) {
	return (*r.now.Load()).Entitlement(ctx, hash, name)
}

func (r *rules) Entitlements(ctx context.Context) ([]access.Entitlement, error) {
	return (*r.now.Load()).Entitlements(ctx)
}

func (r *rules) Groups(ctx context.Context, arn string) ([]string, error) {
	return (*r.now.Load()).Groups(ctx, arn)
}

func (r *rules) NamedGroups(ctx context.Context, hash string) ([]string, error) {
	return (*r.now.Load()).NamedGroups(ctx, hash)
}

func (r *rules) Machines(ctx context.Context) ([]access.CatalogMachine, error) {
	return (*r.now.Load()).Machines(ctx)
}

func (r *rules) Decide(ctx context.Context, q access.Question) (access.Verdict, error) {
	return (*r.now.Load()).Decide(ctx, q)
}
