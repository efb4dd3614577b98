package takenover

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/record"
)

func moves() []move { return slices.Concat(rowMoves(), plainMoves(), callMoves(), iamMoves()) }

// prolonging are moves that keep what a task, a heartbeat or policy is to end. "prolongs: nothing" was printed when they were not tried.
var prolonging = []string{"denial by policy is forgotten", "what is active leaves the list", "heartbeat", "task serves another elevation", "count of tasks is wrong"}

// TestEachFunctionTakenOver prints the worst outcome of each function.
func TestEachFunctionTakenOver(t *testing.T) {
	all := attackers(t)
	var usual honest
	t.Run("honest", func(t *testing.T) { usual.before, usual.after, _, _ = plays(t, nil, nil) })
	worst := map[string]outcome{}
	made := map[string]int{}
	before, plain := map[string][]played{}, 0
	t.Run("moves", func(t *testing.T) {
		for _, a := range all {
			worst[a.name] = outcome{}
			for _, m := range moves() {
				if !a.mayMake(m) {
					continue
				}
				made[a.name]++
				if o, known := known(a, m, before[m.name]); known {
					worst[a.name] = worst[a.name].or(o)
					continue
				}
				t.Run(a.name+": "+m.name, func(t *testing.T) {
					was, is, asked, told := plays(t, a, m.do)
					o := judge(usual, was, is)
					t.Logf("%v", o)
					if o.begin.n == anyPolicy.n && !slices.ContainsFunc(o.seen, func(kind string) bool {
						return slices.Contains([]string{"foreign", "orphan", "edited", "unfenced"}, kind)
					}) {
						t.Errorf("a policy is not seen: %v", o.seen)
					}
					if strings.Contains(m.name, "foreign name on") && !slices.Contains(o.seen, "foreign") {
						t.Errorf("a foreign name is not seen: %v", o.seen)
					}
					if slices.Contains(prolonging, m.name) && o.prolong != toDeadline {
						t.Errorf("it prolongs %s: a mend? Then say so", o.prolong)
					}
					worst[a.name] = worst[a.name].or(o)
					before[m.name] = append(before[m.name], played{asked, told, o})
					plain++
				})
			}
		}
	})
	n := 0
	for _, a := range all {
		n += made[a.name]
		t.Logf("%s: %d moves; findings and verifiers said: %s", a.name, made[a.name], strings.Join(worst[a.name].seen, ", "))
	}
	t.Logf("%d moves by %d functions and roles of services, %d of them in memory", n, len(all), plain)
	if n < 350 || plain < 110 {
		t.Error("moves are not being found")
	}
	wantWorst(t, worst)
	wantTable(t, worst)
	t.Run("no power is left out", func(t *testing.T) {
		for _, a := range all {
			a.wantCovered(t)
		}
	})
}

// wantWorst: only these begin, prolong or forge something, and what the log has is not lost unseen.
func wantWorst(t *testing.T, worst map[string]outcome) {
	t.Helper()
	begins := map[string]rank{"api": unapproved, "trigger": unapproved, "scheduler": unapproved, "decide": waiting, "grant": anyPolicy, "contain": anyPolicy}
	prolongs := map[string]rank{"grant": longer, "contain": longer}
	for _, name := range []string{"api", "decide", "reconcile", "revoke", "trigger", "wait"} { // they write elevation#
		prolongs[name] = toDeadline
	}
	for name, o := range worst {
		if o.begin != begins[name] {
			t.Errorf("%s begins %s, want %s", name, o.begin, begins[name])
		}
		if o.prolong != prolongs[name] {
			t.Errorf("%s prolongs %s, want %s", name, o.prolong, prolongs[name])
		}
		if (o.forge != nothing) != (name == "decide") {
			t.Errorf("%s forges %s", name, o.forge)
		}
		if o.hide == unseen || o.hide == newest && name != "archive" {
			t.Errorf("%s hides %s", name, o.hide)
		}
	}
}

// wantTable compares SECURITY.md.
func wantTable(t *testing.T, worst map[string]outcome) {
	t.Helper()
	like := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(worst)) {
		o := worst[name]
		row := fmt.Sprintf("%s | %s | %s | %s |", o.begin, o.prolong, o.hide, o.forge)
		like[row] = append(like[row], name)
	}
	var rows []string
	for row, names := range like {
		rows = append(rows, "| "+strings.Join(names, ", ")+" | "+row)
	}
	slices.Sort(rows)
	table := "| taken over | begins | prolongs | hides | forges |\n|---|---|---|---|---|\n" + strings.Join(rows, "\n") + "\n"
	t.Logf("what a function can do at worst\n%s", table)
	text, err := os.ReadFile("../../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), table) {
		t.Error("SECURITY.md does not have the table that go test ./shared/accesstest/takenover -v prints")
	}
}

// played is a move of one attacker. It has the same outcome for another who has the same permissions.
type played struct {
	asked []call
	told  []bool
	outcome
}

func known(a *attacker, m move, before []played) (outcome, bool) {
	if m.do == nil {
		return m.says, true
	}
	for _, p := range before {
		same := !strings.HasPrefix(m.needs[0].action, "iam:") // CloudTrail names the function
		for i, c := range p.asked {
			same = same && a.may(c) == p.told[i]
		}
		if same {
			return p.outcome, true
		}
	}
	return outcome{}, false
}

// wantCovered checks that a move used each action of the roles that changes something, and each partition that they may write.
func (a *attacker) wantCovered(t *testing.T) {
	for _, r := range a.roles {
		for _, st := range r.Policy.Statements {
			for _, action := range st.Actions {
				service, name, _ := strings.Cut(action, ":")
				known, ok := iamdata.Lookup(service, name)
				if st.Effect == iampolicy.Allow && (!ok || known.Level != iamdata.Read && known.Level != iamdata.List) && !a.used[action] {
					t.Errorf("%s may %s (%s), and no move does", a.name, action, st.Sid)
				}
			}
		}
	}
	for _, p := range record.Partitions() {
		used := a.used["put "+p.Prefix]
		if may := a.may(put(strings.Replace(p.Prefix, "*", "1", 1))); may && !used {
			t.Errorf("%s may write %s, and no move does", a.name, p.Prefix)
		}
	}
}
