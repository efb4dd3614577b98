package escalation_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"curfew/shared/authdetails"
	"curfew/shared/escalation"
)

// published is a path of https://pathfinding.cloud, as its file has it.
type published struct {
	ID, Name, Category string
	Prerequisites      prerequisites
	Permissions        struct {
		Required []struct{ Permission, ResourceConstraints string }
	}
	DetectionTools map[string]string
}

// prerequisites are one list, or one for administrators and one for others.
type prerequisites []string

func (p *prerequisites) UnmarshalJSON(b []byte) error {
	var list []string
	if json.Unmarshal(b, &list) == nil {
		*p = list
		return nil
	}
	var both struct{ Admin []string }
	err := json.Unmarshal(b, &both)
	*p = both.Admin
	return err
}

// TestPublishedPaths finds the paths of a file. The IAM of each is made from its permissions and prerequisites.
func TestPublishedPaths(t *testing.T) {
	file := os.Getenv("CURFEW_PATHS")
	if file == "" {
		t.Skip("set CURFEW_PATHS to a paths.json of pathfinding.cloud to run this")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []published
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	found, tools := 0, map[string]int{}
	for _, p := range all {
		d := p.iam()
		if len(d.Problems) > 0 {
			t.Errorf("%s: %q", p.ID, d.Problems)
		}
		actor := d.Principals[slices.IndexFunc(d.Principals, func(one *authdetails.Principal) bool { return one.Name == "actor" })]
		paths := escalation.Find(d, escalation.Options{Now: now}).Paths(actor)
		by := strings.Join(slices.Sorted(mapsKeys(p.DetectionTools)), " ")
		if len(paths) == 0 || !paths[0].Admin {
			t.Errorf("%s %s: no path to an administrator; found by %s", p.ID, p.Name, by)
			continue
		}
		found++
		t.Logf("%-24s found; also by: %s", p.ID, by)
		for _, s := range paths[0].Steps {
			t.Logf("    %s", s.Text)
		}
		if paths[0].Open != "" {
			t.Logf("    open: %s", paths[0].Open)
		}
		for tool := range p.DetectionTools {
			tools[tool]++
		}
	}
	var lines []string
	for tool, n := range tools {
		lines = append(lines, fmt.Sprintf("%s %d", tool, n))
	}
	slices.Sort(lines)
	t.Logf("found %d of %d; of the same paths: %s", found, len(all), strings.Join(lines, ", "))
}

func mapsKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

var trusted = regexp.MustCompile(`[a-z0-9.-]+\.amazonaws\.com`)

// usual are the services whose roles the resources of a service have, where a path does not say.
var usual = map[string]string{"apprunner": "tasks.apprunner.amazonaws.com", "ec2-instance-connect": "ec2.amazonaws.com", "ssm": "ec2.amazonaws.com",
	"ecs": "ecs-tasks.amazonaws.com"}

func (p published) has(words ...string) bool {
	for _, one := range p.Prerequisites {
		if slices.ContainsFunc(words, func(w string) bool { return strings.Contains(one, w) }) {
			return true
		}
	}
	return false
}

// iam makes an account: the actor with the permissions on its targets alone, a role, a user, a group and a policy.
func (p published) iam() *authdetails.Details {
	self := p.Category == "self-escalation"
	isRole := self && !p.has("must be a user") && !strings.Contains(p.Name, "Group")
	actor := user("actor", "")
	if isRole {
		actor = user("role/actor", "")
	}
	var statements, services []string
	for _, r := range p.Permissions.Required {
		service, _, _ := strings.Cut(r.Permission, ":")
		statements = append(statements, allow(r.Permission, p.target(r.Permission, actor, self)))
		if service != "iam" && service != "sts" {
			name := usual[service]
			if name == "" {
				name = service + ".amazonaws.com"
			}
			services = append(services, name)
		}
	}
	for _, one := range p.Prerequisites {
		if named := trusted.FindAllString(one, -1); named != nil && strings.Contains(one, "trust") {
			services = named
		}
	}
	trust := `{"Service":"` + strings.Join(services, `","`) + `"}`
	if len(services) > 1 {
		trust = `{"Service":["` + strings.Join(services, `","`) + `"]}`
	}
	if len(services) == 0 {
		trust = `{"Service":"ops.example.amazonaws.com"}`
	}
	if slices.ContainsFunc(p.Permissions.Required, func(r struct{ Permission, ResourceConstraints string }) bool { return r.Permission == "sts:AssumeRole" }) {
		trust = `{"AWS":"arn:aws:iam::111122223333:root"}`
	}
	world := account{actor.with(policy(statements...))}
	admin := policy(allow("*", "*"))
	// What the actor changes is without power; what it becomes or gives code to has all.
	changes := slices.ContainsFunc(p.Permissions.Required, func(r struct{ Permission, ResourceConstraints string }) bool {
		return strings.Contains(r.Permission, "Attach") || strings.Contains(r.Permission, "Policy") && strings.HasPrefix(r.Permission, "iam:Put") || strings.Contains(r.Permission, "PolicyVersion")
	})
	power := admin
	if changes {
		power = policy(allow("s3:ListAllMyBuckets", "*"))
	}
	target := role("target", trust).with(power).profile()
	other := user("other", "").with(power)
	if strings.Contains(p.Name, "PolicyVersion") {
		if self {
			world[0] = world[0].attach("shared")
		} else {
			target = target.attach("shared")
		}
	}
	if strings.Contains(p.Name, "Group") && p.has("member of") {
		world[0] = world[0].member("team")
	}
	return append(world, target, other).details(group("team", power), managed("shared", policy(allow("s3:ListAllMyBuckets", "*"))))
}

// target is what a permission is about, as narrow as the path says.
func (p published) target(permission string, actor entity, self bool) string {
	_, name, _ := strings.Cut(permission, ":")
	switch {
	case !strings.HasPrefix(permission, "iam:") && name != "AssumeRole":
		return "*"
	case strings.Contains(name, "Group"):
		return "arn:aws:iam::111122223333:group/team"
	case strings.Contains(name, "PolicyVersion"):
		return "arn:aws:iam::111122223333:policy/shared"
	case self:
		return actor.arn
	case strings.Contains(name, "User"), strings.Contains(name, "AccessKey"), strings.Contains(name, "LoginProfile"):
		return "arn:aws:iam::111122223333:user/other"
	}
	return "arn:aws:iam::111122223333:role/target"
}
