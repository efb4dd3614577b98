package standing

import (
	"fmt"
	"strings"
	"testing/fstest"

	"curfew/shared/catalog"
	"curfew/shared/standing"
)

// Check loads a plan's files as a catalog does. The error says what the catalog refuses.
func Check(p *standing.Plan, o standing.Options) error {
	groups := []string{orElse(o.Owners, "platform"), orElse(o.Requesters, "engineers"), orElse(o.Approvers, "leads"), "jobs", "operators"}
	identities := fmt.Sprintf("claims: {session: name, groups: groups}\noperators: [\"group:operators\"]\ngroups: [%s]\n", strings.Join(groups, ", "))
	if p.Trigger != "" {
		own, _, _ := strings.Cut(p.Identities, "\ngroups:")
		identities += own + "\n"
	} else {
		identities += p.Identities
	}
	files := fstest.MapFS{
		"identities.yaml":                  {Data: []byte(identities)},
		"entitlements/" + p.Name + ".yaml": {Data: []byte(p.Entitlement)},
	}
	if p.Trigger != "" {
		files["triggers/"+p.Name+".yaml"] = &fstest.MapFile{Data: []byte(p.Trigger)}
	}
	_, err := catalog.Load(files)
	return err
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
