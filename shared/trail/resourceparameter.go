package trail

import (
	"slices"
	"strings"

	"curfew/shared/strictjson"
)

// maxResources bounds the calls of one action of one event. Beyond it the resource is unknown. BatchGetItem has 100 items.
const maxResources = 100

// parameter gives a member that is a string, number or boolean, and whether it is there. Case does not count:
// CloudTrail writes "dBSnapshotIdentifier" for DBSnapshotIdentifier.
func parameter(text, name string) (value string, ok bool) {
	eachMember(text, func(member, raw string) bool {
		if ok = strings.EqualFold(member, name); ok {
			value = plain(raw)
		}
		return !ok
	})
	return value, ok
}

// freeForm are members whose own members the caller names.
var freeForm = []string{"tags", "environment", "environmentVariables", "variables", "parameters", "arguments", "defaultArguments", "nonOverridableArguments", "labels", "metadata"}

func isFreeForm(name string) bool {
	return slices.ContainsFunc(freeForm, func(free string) bool { return strings.EqualFold(name, free) })
}

func isNamed(a, b string) bool { return len(a) == len(b) && strings.EqualFold(a, b) }

func plain(raw string) string {
	switch {
	case raw == "" || raw == "null" || raw[0] == '{' || raw[0] == '[':
		return ""
	case raw[0] == '"':
		c := scan{s: raw}
		s, err := c.quoted()
		if err != nil {
			return ""
		}
		return strictjson.Unescape(s)
	}
	return raw
}

// eachMember visits the members of an object with their values, which are not empty, until visit is false.
func eachMember(text string, visit func(name, raw string) bool) {
	c := scan{s: text}
	if c.enter('{') != nil {
		return
	}
	for {
		name, more, err := c.member()
		if err != nil || !more {
			return
		}
		raw, err := c.raw()
		if err != nil || raw == "" || !visit(name, raw) {
			return
		}
	}
}

func eachObject(text string, visit func(name, object string)) {
	eachMember(text, func(name, raw string) bool {
		if raw[0] == '{' {
			visit(name, raw)
		}
		return true
	})
}

func eachItem(text, list string, visit func(object string)) {
	eachMember(text, func(name, raw string) bool {
		if strings.EqualFold(name, list) && raw[0] == '[' {
			eachOf(raw, visit)
		}
		return true
	})
}

func eachOf(text string, visit func(object string)) {
	c := scan{s: text}
	if c.enter('[') != nil {
		return
	}
	for {
		if more, err := c.item(); err != nil || !more {
			return
		}
		raw, err := c.raw()
		if err != nil || raw == "" {
			return
		}
		if raw[0] == '{' {
			visit(raw)
		}
	}
}

// names reports whether a parameter names a resource by AWS's conventions: functionName, secretId, topicArn.
func names(parameter string) bool {
	last := strings.TrimSuffix(parameter, "s")
	ends := func(end string) bool {
		return len(last) >= len(end) && strings.EqualFold(last[len(last)-len(end):], end)
	}
	for _, end := range [...]string{"arn", "id", "name", "identifier", "resource", "role", "key", "target", "source"} {
		if ends(end) {
			return !ends("displayname") && !ends("requestid")
		}
	}
	return false
}
