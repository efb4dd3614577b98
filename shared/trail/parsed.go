package trail

import "strings"

// parsed caches a record's requestParameters and resources: each is read once.
type parsed struct {
	parameters string // the text that members are of
	members    []member
	arns       []arnParameter // of members, once they are asked for
	hasARNs    bool

	listed    string // the text that resources are of
	resources []listedResource

	scanned int // bytes that were read, for tests
}

// member is a member of requestParameters, or of an object in it.
type member struct {
	name, raw string
	depth     int // 1: of requestParameters itself
}

type arnParameter struct{ name, arn string }

type listedResource struct{ arn, account string }

// of reads the members of a text, up to a fault.
func (p *parsed) of(parameters string) []member {
	if p.parameters != parameters {
		p.parameters, p.members, p.hasARNs = parameters, p.members[:0], false
		p.scanned += len(parameters)
		_ = p.read(&scan{s: parameters}, 1)
	}
	return p.members
}

func (p *parsed) read(c *scan, depth int) error {
	if b, err := c.peek(); err != nil || b != '{' {
		return c.skip()
	}
	c.i++
	for {
		name, more, err := c.member()
		if err != nil || !more {
			return err
		}
		b, err := c.peek()
		if err != nil {
			return err
		}
		from, at := c.i, len(p.members)
		p.members = append(p.members, member{name: name, depth: depth})
		switch {
		case isFreeForm(name) || depth > maxDepth || b != '{' && b != '[':
			err = c.skip()
		case b == '{':
			err = p.read(c, depth+1)
		default:
			err = p.readList(c, depth+1)
		}
		if err != nil {
			p.members = p.members[:at]
			return err
		}
		p.members[at].raw = c.s[from:c.i]
	}
}

func (p *parsed) readList(c *scan, depth int) error {
	c.i++
	for {
		more, err := c.item()
		if err == nil && more {
			err = p.read(c, depth)
		}
		if err != nil || !more {
			return err
		}
	}
}

func (p *parsed) arnsOf(parameters string) []arnParameter {
	members := p.of(parameters)
	if p.hasARNs {
		return p.arns
	}
	p.hasARNs, p.arns = true, p.arns[:0]
	for _, m := range members {
		if m.depth > 1 || m.raw[0] != '"' && m.raw[0] != '[' || !names(m.name) {
			continue
		}
		p.scanned += len(m.raw)
		if !strings.Contains(m.raw, `"arn:`) {
			continue
		}
		for _, arn := range m.values(nil) {
			p.arns = append(p.arns, arnParameter{m.name, arn})
		}
	}
	return p.arns
}

func (m *member) values(into []string) []string {
	if m.raw[0] != '[' {
		if v := plain(m.raw); v != "" {
			into = append(into, v)
		}
		return into
	}
	c := scan{s: m.raw, i: 1}
	for len(into) <= maxResources {
		if more, err := c.item(); err != nil || !more {
			break
		}
		item, err := c.raw()
		if err != nil || item == "" {
			break
		}
		if v := plain(item); v != "" {
			into = append(into, v)
		}
	}
	return into
}

// resourcesOf reads a list of objects with ARN or arn. ARNPrefix is not one.
func (p *parsed) resourcesOf(list string) []listedResource {
	if p.listed == list {
		return p.resources
	}
	p.listed, p.resources = list, p.resources[:0]
	p.scanned += len(list)
	eachOf(list, func(object string) {
		arn, _ := parameter(object, "ARN")
		account, _ := parameter(object, "accountId")
		if arn != "" {
			p.resources = append(p.resources, listedResource{arn, account})
		}
	})
	return p.resources
}
