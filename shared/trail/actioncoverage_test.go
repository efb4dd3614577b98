package trail

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iamdata"
)

// TestCoverage counts the actions that Calls gives for the events that CloudTrail can have: one named as each action, and those of the
// tables. An action without such an event is a permission that no operation has for a name.
func TestCoverage(t *testing.T) {
	covered := map[string]string{} // the action: the event that needs it
	cover := func(source, name string) {
		p := planOf(source+".amazonaws.com", name)
		for i := range p.steps {
			covered[p.steps[i].action] = source + " " + name
		}
		switch p.special {
		case copies:
			covered["s3:GetObject"], covered["s3:PutObject"], covered["s3:GetObjectVersion"] = name, name, name
		case statements:
			for _, word := range []string{"Select", "Insert", "Update", "Delete"} {
				covered["dynamodb:PartiQL"+word] = name
			}
		case transaction:
			covered["dynamodb:ConditionCheckItem"] = name
		}
		if len(p.roles) > 0 {
			covered["iam:PassRole"] = name
		}
	}
	total := map[string]int{}
	for _, service := range iamdata.Services() {
		for _, a := range iamdata.Actions(service) {
			total[service]++
			cover(service, a.Name)
		}
	}
	for _, row := range slices.Concat(exceptions, s3Exceptions) {
		for name := range strings.FieldsSeq(row.names) {
			cover(row.label, name)
		}
	}
	all, mapped, onRequest, printed := 0, 0, 0, 0
	have := map[string]int{}
	for action := range covered {
		service, _, _ := strings.Cut(action, ":")
		have[service]++
	}
	for _, service := range slices.SortedFunc(maps.Keys(total), func(a, b string) int { return total[b] - total[a] }) {
		all, mapped = all+total[service], mapped+have[service]
		data := 0
		for _, a := range iamdata.Actions(service) {
			if DataEvent(service + ":" + a.Name) {
				data++
			}
			if covered[service+":"+a.Name] == "" {
				t.Logf("no event needs %s:%s", service, a.Name)
			}
		}
		onRequest += data
		if printed++; printed <= 30 {
			t.Logf("%-28s %5d of %5d actions have an event, %3d of them as data events, off by default", service, have[service], total[service], data)
		}
	}
	t.Logf("%d of %d actions have an event; %d are logged as data events, which are off by default", mapped, all, onRequest)
	if mapped < 22_080 {
		t.Errorf("%d actions have an event, at least 22,080 had", mapped)
	}
}

// TestCoverageOfOperations takes the operations of all APIs from the models of botocore: what CloudTrail may name in an event.
func TestCoverageOfOperations(t *testing.T) {
	folder := os.Getenv("BOTOCORE_DATA")
	if folder == "" {
		t.Skip("set BOTOCORE_DATA to botocore's folder of models (…/site-packages/botocore/data) to count operations")
	}
	operations, known, targets := 0, 0, map[string]bool{}
	for _, m := range readModels(t, folder) {
		for name := range m.Operations {
			operations++
			p := m.plan(name)
			if !p.known {
				t.Logf("%s %s has no action", m.Metadata.EndpointPrefix, name)
				continue
			}
			known++
			for i := range p.steps {
				targets[p.steps[i].action] = true
			}
		}
	}
	byService := map[string]int{}
	for action := range targets {
		service, _, _ := strings.Cut(action, ":")
		byService[service]++
	}
	size := func(service string) int { return len(iamdata.Actions(service)) }
	for _, service := range slices.SortedFunc(slices.Values(iamdata.Services()), func(a, b string) int { return size(b) - size(a) })[:30] {
		t.Logf("%-28s %5d of %5d actions are needed by an operation", service, byService[service], size(service))
	}
	t.Logf("%d of %d operations have an action or need none; they need %d actions", known, operations, len(targets))
	if 100*known < 98*operations {
		t.Errorf("%d of %d operations have an action, at least 98%% had", known, operations)
	}
}

type apiModel struct {
	folder   string
	Metadata struct {
		EndpointPrefix, SigningName string
	}
	Operations map[string]json.RawMessage
}

// plan tries the names that an API has, because the models do not have the event source.
func (m *apiModel) plan(operation string) *plan {
	for _, label := range []string{m.Metadata.EndpointPrefix, m.Metadata.SigningName, m.folder} {
		if p := planOf(strings.ToLower(label)+".amazonaws.com", operation); p.known {
			return p
		}
	}
	return unknownPlan
}

func readModels(t *testing.T, folder string) (all []*apiModel) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*", "*", "service-2.json.gz"))
	if err != nil || len(names) == 0 {
		t.Fatal("no models in BOTOCORE_DATA: ", err)
	}
	for i, name := range names {
		service := filepath.Base(filepath.Dir(filepath.Dir(name)))
		if i+1 < len(names) && filepath.Base(filepath.Dir(filepath.Dir(names[i+1]))) == service {
			continue // an older version of the API
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		m := &apiModel{folder: service}
		if err := json.Unmarshal(text, m); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}
