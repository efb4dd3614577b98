package iamdata

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestAllServicesDecode(t *testing.T) {
	actions, resources := 0, 0
	for _, name := range Services() {
		all := Actions(name)
		if !slices.IsSortedFunc(all, func(a, b Action) int { return compareFold(a.Name, b.Name) }) {
			t.Errorf("service %s: its actions are not sorted", name)
		}
		for _, a := range all {
			if a.Service != name || a.Name == "" || !strings.ContainsRune("RLWTP", rune(a.Level)) {
				t.Errorf("service %s has the action %+v", name, a)
			}
			for _, r := range a.Resources {
				if r.Name == "" || len(r.ARNs) == 0 || !strings.HasPrefix(r.ARNs[0], "arn:${Partition}:") {
					t.Errorf("%s:%s has the resource %+v", name, a.Name, r)
				}
				resources++
			}
		}
		actions += len(all)
	}
	t.Logf("version %s: %d services, %d actions, %d resource types of actions, %d bytes", Version(), len(Services()), actions, resources, len(text))
	if len(Services()) != 456 || actions != 22091 || resources != 21931 || len(text) > 1_300_000 {
		t.Errorf("services, actions, resource types, bytes = %d, %d, %d, %d; want 456, 22091, 21931, at most 1,300,000", len(Services()), actions, resources, len(text))
	}
}

func TestLookup(t *testing.T) {
	a, ok := Lookup("s3", "GETobject")
	if !ok || a.Name != "GetObject" || a.Level != Read {
		t.Errorf("s3:GETobject = %+v, %t", a, ok)
	}
	i := slices.IndexFunc(a.Resources, func(r Resource) bool { return r.Name == "object" })
	if i < 0 || a.Resources[i].ARNs[0] != "arn:${Partition}:s3:::${BucketName}/${ObjectName}" {
		t.Errorf("s3:GetObject has the resources %+v", a.Resources)
	}
	if !slices.Contains(a.ConditionKeys, "s3:TlsVersion") && !slices.Contains(a.Resources[i].ConditionKeys, "s3:TlsVersion") {
		t.Errorf("s3:GetObject has the condition keys %v", a.ConditionKeys)
	}
	if a, _ := Lookup("iam", "AttachRolePolicy"); a.Level != PermissionsManagement || !a.Resources[0].Required || !slices.Contains(a.Resources[0].TypeKeys, "aws:ResourceTag/${TagKey}") {
		t.Errorf("iam:AttachRolePolicy = %+v", a)
	}
	if a, ok := Lookup("sts", "GetCallerIdentity"); !ok || len(a.Resources) != 0 {
		t.Errorf("sts:GetCallerIdentity = %+v", a)
	}
	for _, name := range [][2]string{{"", ""}, {"s3", ""}, {"s3", "GetObjectX"}, {"S3", "GetObject"}, {"s3 s3express", "GetObject"}, {"#", "a"}, {"s3\n", "GetObject"}, {"s3\nK", ""}} {
		if a, ok := Lookup(name[0], name[1]); ok {
			t.Errorf("Lookup(%q, %q) = %+v", name[0], name[1], a)
		}
	}
}

func TestLookupByManyAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, name := range Services() {
				if a := Actions(name); len(a) > 0 {
					Lookup(name, a[len(a)/2].Name)
				}
			}
		})
	}
	all.Wait()
}

// A program that links the package decodes nothing before it asks: what its start costs is that of a string and an empty map.
func TestNothingIsDecodedBeforeItIsAskedFor(t *testing.T) {
	services.Clear()
	if Version() == "" || len(Services()) == 0 {
		t.Error("no version, or no services")
	}
	services.Range(func(name, _ any) bool {
		t.Errorf("%v was decoded", name)
		return true
	})
}

func TestLookupDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Lookup("ec2", "RunInstances") }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}

func BenchmarkLookup(b *testing.B) {
	for b.Loop() {
		Lookup("ec2", "RunInstances")
	}
}

// BenchmarkFirstUse is the largest service.
func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		services.Clear()
		Lookup("ec2", "RunInstances")
	}
}
