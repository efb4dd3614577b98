package iampolicy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/strictjson"
)

func (p *parser) actions(m *matcher, n *strictjson.Value) ([]string, error) {
	return p.list(n, func(s string) error {
		if err := checkAction(s); err != nil {
			return err
		}
		if p.doc.trust && !strings.EqualFold(s[:min(4, len(s))], "sts:") {
			return errors.New("a trust policy has actions of sts only")
		}
		a, err := compilePattern(s, style{wild: true, fold: true})
		m.actions = append(m.actions, a)
		return err
	})
}

// checkAction accepts "*", "*:*" and service:Name. IAM allows wildcards only in the name.
func checkAction(s string) error {
	if s == "*" || s == "*:*" {
		return nil
	}
	vendor, name, ok := strings.Cut(s, ":")
	if !ok {
		return fmt.Errorf("the action %q has no service prefix", s)
	}
	if vendor == "" || strings.ContainsFunc(vendor, func(c rune) bool { return !isAlnum(c) && c != '-' }) {
		return fmt.Errorf("the service prefix %q is letters, digits and '-', without wildcards", vendor)
	}
	bad := func(c rune) bool { return !isAlnum(c) && !strings.ContainsRune("*?-_.", c) }
	if name == "" || strings.ContainsFunc(name, bad) {
		return fmt.Errorf("the action name %q is letters, digits, '*' and '?'", name)
	}
	return nil
}

func (p *parser) resources(m *matcher, e *strictjson.Member) ([]string, error) {
	if p.doc.trust {
		return nil, p.fail(e.Offset, "a trust policy has no resource")
	}
	return p.list(&e.Value, func(s string) error {
		if s != "*" {
			if err := checkResource(s, p.variables()); err != nil {
				return err
			}
		}
		r, err := compilePattern(s, style{wild: true, variables: p.variables(), arn: s != "*"})
		m.resources = append(m.resources, r)
		return err
	})
}

// checkResource accepts an ARN of six parts, or fewer if it ends in "*". IAM: "the vendor must be fully qualified and
// cannot contain regexes".
func checkResource(s string, variables bool) error {
	parts := splitARN(s, variables)
	if parts[0] != "arn" || len(parts) < 3 || len(parts) < 6 && !strings.HasSuffix(s, "*") {
		return fmt.Errorf("the resource %q is neither an ARN nor \"*\"", s)
	}
	if !knownPartition(parts[1]) {
		return fmt.Errorf("the resource %q has the unknown partition %q", s, parts[1])
	}
	bad := func(c rune) bool { return !isAlnum(c) && c != '-' }
	if parts[2] == "" || strings.ContainsFunc(parts[2], bad) {
		return fmt.Errorf("the resource %q does not spell out its service", s)
	}
	for _, part := range parts[3:min(5, len(parts))] {
		if variables && strings.Contains(part, "${") {
			continue
		}
		if strings.ContainsFunc(part, func(c rune) bool { return bad(c) && c != '*' && c != '?' }) {
			return fmt.Errorf("the resource %q has the bad region or account %q", s, part)
		}
	}
	if len(parts) < 6 {
		return nil
	}
	return checkOfService(s, parts[2], parts[3], strings.Join(parts[5:], ":"))
}

// checkOfService refuses what IAM refuses of two services. Its messages: "IAM resource … cannot contain region information", "IAM
// resource path must either be "*" or start with …", "Resource … can not contain region information".
func checkOfService(s, service, region, resource string) error {
	begins := func(with ...string) bool {
		return strings.HasPrefix(resource, "*") || strings.HasPrefix(resource, "${") || slices.ContainsFunc(with, func(w string) bool { return strings.HasPrefix(resource, w) })
	}
	hasRegion := region != "" && region != "*" && !strings.Contains(region, "${")
	switch {
	case hasRegion && (service == "iam" || service == "s3" && !begins("access", "async-request/", "job/", "storage-lens")):
		return fmt.Errorf("the resource %q has a region, which %s does not use", s, service)
	case service == "iam" && !begins("access-report/", "assumed-role/", "delegation-request/", "federated-user/", "group/", "instance-profile/", "mfa/",
		"oidc-provider/", "policy/", "report/", "role/", "root", "saml-provider/", "server-certificate/", "sms-mfa/", "u2f/", "user/"):
		return fmt.Errorf("the resource %q is nothing of IAM, as role/name is", s)
	}
	return nil
}

func knownPartition(s string) bool {
	if strings.ContainsAny(s, "*?$") {
		return true
	}
	return s == "aws" || strings.HasPrefix(s, "aws-") && !strings.ContainsFunc(s, func(c rune) bool { return !isAlnum(c) && c != '-' })
}

func (p *parser) principals(e *strictjson.Member) ([]Principal, error) {
	n := &e.Value
	switch {
	case p.control && (n.Kind != strictjson.String || n.Text != "*"):
		return nil, p.fail(n.Offset, "the principal of a resource control policy is \"*\"")
	case !p.control && !p.doc.trust:
		return nil, p.fail(e.Offset, "an identity policy has no principal")
	}
	if n.Kind == strictjson.String && n.Text == "*" {
		return []Principal{{Type: "*", Value: "*"}}, nil
	}
	if n.Kind != strictjson.Object || len(n.Members) == 0 {
		return nil, p.fail(n.Offset, "a principal is \"*\" or an object of types")
	}
	var all []Principal
	depth := len(p.path)
	for i := range n.Members {
		m := &n.Members[i]
		p.path.to(depth, step{name: m.Name})
		if m.Name != "AWS" && m.Name != "Service" && m.Name != "Federated" && m.Name != "CanonicalUser" {
			return nil, p.fail(m.Offset, "a principal is of type AWS, Service, Federated or CanonicalUser")
		}
		values, err := p.list(&m.Value, func(s string) error { return checkPrincipal(m.Name, s) })
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			all = append(all, Principal{Type: m.Name, Value: v})
		}
	}
	p.path = p.path[:depth]
	return all, nil
}

// checkPrincipal refuses partial wildcards, as IAM does.
func checkPrincipal(kind, s string) error {
	switch {
	case s == "*" && kind != "Service":
		return nil
	case s == "" || strings.ContainsAny(s, "*? "):
		return fmt.Errorf("the principal %q is empty or has a wildcard", s)
	case kind == "AWS" && !strings.HasPrefix(s, "arn:") && strings.ContainsFunc(s, func(c rune) bool { return !isAlnum(c) }):
		return fmt.Errorf("the principal %q is not an ARN, account id or unique id", s)
	case kind == "Service" && !strings.Contains(s, "."):
		return fmt.Errorf("the principal %q is not a service name", s)
	}
	return nil
}

func (p *parser) conditions(n *strictjson.Value) ([]Condition, []condition, error) {
	if n.Kind != strictjson.Object {
		return nil, nil, p.fail(n.Offset, "an object is needed, not %s", n.Kind)
	}
	var all []Condition
	var prepared []condition
	depth := len(p.path)
	for i := range n.Members {
		m := &n.Members[i]
		p.path.to(depth, step{name: m.Name})
		op, err := parseOperator(m.Name)
		if err != nil {
			return nil, nil, p.fail(m.Offset, "%v", err)
		}
		if m.Value.Kind != strictjson.Object {
			return nil, nil, p.fail(m.Value.Offset, "an object is needed, not %s", m.Value.Kind)
		}
		for j := range m.Value.Members {
			k := &m.Value.Members[j]
			p.path.to(depth+1, step{name: k.Name})
			if has(all, op.name, k.Name) {
				return nil, nil, p.fail(k.Offset, "the same key twice under one operator")
			}
			c, ready, err := p.condition(op, k)
			if err != nil {
				return nil, nil, err
			}
			all, prepared = append(all, c), append(prepared, ready)
		}
	}
	p.path = p.path[:depth]
	slices.SortFunc(all, compareConditions)
	return all, prepared, nil
}

func has(all []Condition, operator, key string) bool {
	return slices.ContainsFunc(all, func(c Condition) bool {
		return c.Operator == operator && strings.EqualFold(c.Key, key)
	})
}

func (p *parser) condition(op operator, k *strictjson.Member) (Condition, condition, error) {
	c := Condition{Operator: op.name, Key: k.Name}
	ready := condition{operator: op, key: k.Name}
	if err := checkKey(k.Name); err != nil {
		return c, ready, p.fail(k.Offset, "%v", err)
	}
	depth := len(p.path)
	items := k.Value.Items
	if k.Value.Kind != strictjson.List {
		items = []strictjson.Value{k.Value}
	}
	for i := range items {
		item := &items[i]
		if k.Value.Kind == strictjson.List {
			p.path.to(depth, step{index: i})
		}
		if item.Kind != strictjson.String && item.Kind != strictjson.Number && item.Kind != strictjson.Bool {
			return c, ready, p.fail(item.Offset, "a string, number or boolean is needed, not %s", item.Kind)
		}
		if err := ready.add(item.Text, p.variables()); err != nil {
			return c, ready, p.fail(item.Offset, "%v", err)
		}
		c.Values = append(c.Values, item.Text)
	}
	p.path = p.path[:depth]
	return c, ready, nil
}
