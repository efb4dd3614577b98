package iam

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
)

// fakeJob is in progress when it is first asked for, as a real one is.
type fakeJob struct {
	role   string
	status types.JobStatusType // what it becomes
	asked  int
}

func (f *fakeIAM) GenerateServiceLastAccessedDetails(_ context.Context, in *iam.GenerateServiceLastAccessedDetailsInput, _ ...func(*iam.Options)) (*iam.GenerateServiceLastAccessedDetailsOutput, error) {
	defer f.mu.Unlock()
	name := (*in.Arn)[strings.LastIndexByte(*in.Arn, '/')+1:]
	if _, err := f.begin("GenerateServiceLastAccessedDetails", &name); err != nil {
		return nil, err
	}
	if in.Granularity != types.AccessAdvisorUsageGranularityTypeActionLevel {
		return nil, awsError("InvalidInput")
	}
	id := fmt.Sprintf("job-%d", len(f.jobs)+1)
	f.jobs = append(f.jobs, &fakeJob{role: name, status: types.JobStatusTypeCompleted})
	return &iam.GenerateServiceLastAccessedDetailsOutput{JobId: &id}, nil
}

func (f *fakeIAM) GetServiceLastAccessedDetails(_ context.Context, in *iam.GetServiceLastAccessedDetailsInput, _ ...func(*iam.Options)) (*iam.GetServiceLastAccessedDetailsOutput, error) {
	defer f.mu.Unlock()
	if err := f.called("GetServiceLastAccessedDetails"); err != nil {
		return nil, err
	}
	n := 0
	if _, err := fmt.Sscanf(*in.JobId, "job-%d", &n); err != nil || n < 1 || n > len(f.jobs) {
		return nil, awsError("NoSuchEntity")
	}
	j := f.jobs[n-1]
	if j.asked++; j.asked == 1 {
		return &iam.GetServiceLastAccessedDetailsOutput{JobStatus: types.JobStatusTypeInProgress}, nil
	}
	if j.status != types.JobStatusTypeCompleted {
		return &iam.GetServiceLastAccessedDetailsOutput{JobStatus: j.status}, nil
	}
	page, next, truncated := onePage(f.accessed(j.role), in.Marker)
	return &iam.GetServiceLastAccessedDetailsOutput{
		JobStatus: j.status, JobCompletionDate: aws.Time(time.Now()), ServicesLastAccessed: page, Marker: next, IsTruncated: truncated,
	}, nil
}

// accessed lists what a role's inline policies allow, by service.
func (f *fakeIAM) accessed(role string) (all []types.ServiceLastAccessed) {
	services := map[string]bool{}
	if r := f.roles[role]; r != nil {
		for _, text := range r.inline {
			d, err := iampolicy.Parse([]byte(text))
			if err != nil {
				panic(err)
			}
			for _, s := range d.Statements {
				for _, action := range s.Actions {
					services[strings.Split(action, ":")[0]] = true
				}
			}
		}
	}
	names := make([]string, 0, len(services))
	for name := range services {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		s := types.ServiceLastAccessed{ServiceNamespace: &name}
		for action, at := range f.used[role] {
			if of, action, _ := strings.Cut(action, ":"); of == name {
				s.LastAuthenticated = &at
				s.TrackedActionsLastAccessed = append(s.TrackedActionsLastAccessed, types.TrackedActionLastAccessed{ActionName: &action, LastAccessedTime: &at})
			}
		}
		all = append(all, s)
	}
	return all
}

func TestReaderOnIAM(t *testing.T) {
	accesstest.ReaderContract(t, func(*testing.T) accesstest.ReaderUnderTest { return readerUnderTest(newFakeIAM("a", "b")) })
}

func readerUnderTest(f *fakeIAM) accesstest.ReaderUnderTest {
	of := func(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
	return accesstest.ReaderUnderTest{
		Reader: NewReader(openFakeCloud(f)), Account: "111122223333", Closed: "999988887777", Role: roleARN("a"), Another: roleARN("b"), Missing: roleARN("c"),
		Put: func(_ *testing.T, arn, name, text string) { f.roles[of(arn)].inline[name] = text },
		Use: func(_ *testing.T, arn, action string, at time.Time) {
			f.used = map[string]map[string]time.Time{of(arn): {action: at}}
		},
		Delete: func(_ *testing.T, arn string) { delete(f.roles, of(arn)) },
	}
}

// A job that fails leaves its principal out; one that does not end, and a call that is refused, are errors.
func TestAJobThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeIAM("a", "b")
		of := NewReader(openFakeCloud(f))
		ask := func() (int, error) {
			all, err := of.Accessed(t.Context(), "111122223333", []string{roleARN("a"), roleARN("b")})
			return len(all), err
		}
		f.fault = func(op string) error {
			if op == "GetServiceLastAccessedDetails" && len(f.jobs) == 2 {
				f.jobs[0].status = types.JobStatusTypeFailed
			}
			return nil
		}
		if n, err := ask(); n != 1 || err != nil {
			t.Errorf("a job failed: %d, %v", n, err)
		}
		f.fault = func(op string) error {
			if op == "GetServiceLastAccessedDetails" {
				f.jobs[len(f.jobs)-1].status = types.JobStatusTypeInProgress
			}
			return nil
		}
		if n, err := ask(); n != 0 || fault.KindOf(err) != fault.Transient {
			t.Errorf("a job that does not end: %d, %v", n, err)
		}
		for code, want := range map[string]fault.Kind{"AccessDenied": fault.Denied, "Throttling": fault.Transient} {
			f.fault = func(op string) error {
				if op == "GenerateServiceLastAccessedDetails" {
					return awsError(code)
				}
				return nil
			}
			if n, err := ask(); n != 0 || fault.KindOf(err) != want {
				t.Errorf("%s: %d, %v", code, n, err)
			}
		}
	})
}

// IAM throttles: a call that is refused for a while is sent again.
func TestAThrottledReaderTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeIAM("a")
		n := 0
		f.fault = func(string) error {
			if n++; n%2 == 1 {
				return awsError("Throttling")
			}
			return nil
		}
		all, err := NewReader(openFakeCloud(f)).Accessed(t.Context(), "111122223333", []string{roleARN("a")})
		if err != nil || len(all) != 1 || n < 4 {
			t.Errorf("%v, %v after %d calls", all, err, n)
		}
	})
}

// An SCP that protects one role leaves the others their data.
func TestARoleThatIsProtectedLeavesOthersTheirData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeIAM("a", "b")
		n := 0
		f.fault = func(op string) error {
			if op == "GenerateServiceLastAccessedDetails" {
				if n++; n == 1 {
					return awsError("AccessDenied")
				}
			}
			return nil
		}
		all, err := NewReader(openFakeCloud(f)).Accessed(t.Context(), "111122223333", []string{roleARN("a"), roleARN("b")})
		if err != nil || len(all) != 1 || all[roleARN("b")] == nil {
			t.Errorf("%v, %v, want b's", all, err)
		}
	})
}
