package iamdata

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

//go:embed iamdata.txt
var text string

// services keeps what was decoded: the name of a service and its *service. It is bounded, because only services of the text get in.
var services sync.Map

// The text has lines of these forms, whose fields are parted by tabs. Numbers are of base 36, and count the lines or keys of the service
// from 0. Script iamdata writes them.
//
//	# …                           a comment: the version, the licence
//	= SERVICE SERVICE …           all services
//	@SERVICE                      a service begins
//	K	KEY	KEY …               its condition keys
//	S	NUMBER,NUMBER …         its sets of condition keys; set 0 is the empty one, and has no field
//	R	NAME	FORMAT …          a resource type, its formats without "arn:${Partition}:"; NAME has ":" and a set of condition keys unless that is empty
//	ACTION	LEVEL SET	TYPE …   an action, its level (a letter) and its set of condition keys
//
// TYPE is the number of a resource type; then "!" if it is required, and ":" with a set of condition keys unless that is empty.

const arnHead = "arn:${Partition}:"

// service is one service, decoded.
type service struct {
	actions []Action
	types   []Resource
	sets    [][]string
}

// index is the line of all services, which have spaces on both sides.
func index() string {
	from := strings.Index(text, "\n= ") + 2
	return text[from : from+strings.IndexByte(text[from:], '\n')]
}

// blocks are the lines of each service. To look for one from the beginning costs all services as many times the text.
var blocks = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	_, rest, _ := strings.Cut(text, "\n@")
	for rest != "" {
		block, more, _ := strings.Cut(rest, "\n@")
		name, lines, _ := strings.Cut(block, "\n")
		all[name], rest = lines, more
	}
	return all
})

// of gives a service; nil: no service has the name.
func of(name string) *service {
	if found, ok := services.Load(name); ok {
		return found.(*service)
	}
	block, there := blocks()[name]
	if !there {
		return nil
	}
	// Of two that decode at once both are right, and the first is kept.
	found, _ := services.LoadOrStore(strings.Clone(name), decode(name, block))
	return found.(*service)
}

func decode(name, block string) *service {
	s := &service{actions: make([]Action, 0, strings.Count(block, "\n")+1), sets: [][]string{nil}}
	if at := strings.Index(text, " "+name+" "); at >= 0 {
		name = text[at+1 : at+1+len(name)] // actions share the text's name
	}
	var keys []string
	for line := range strings.SplitSeq(strings.TrimSuffix(block, "\n"), "\n") {
		first, rest, _ := strings.Cut(line, "\t")
		switch first {
		case "K":
			keys = strings.Split(rest, "\t")
		case "S":
			for set := range strings.SplitSeq(rest, "\t") {
				s.sets = append(s.sets, decodeSet(set, keys))
			}
		case "R":
			fields := strings.Split(rest, "\t")
			name, set, _ := strings.Cut(fields[0], ":")
			r := Resource{Name: name, TypeKeys: s.sets[decodeNumber(set)]}
			for _, format := range fields[1:] {
				r.ARNs = append(r.ARNs, arnHead+format)
			}
			s.types = append(s.types, r)
		default:
			s.actions = append(s.actions, s.decodeAction(name, first, rest))
		}
	}
	return s
}

func decodeSet(set string, keys []string) []string {
	list := make([]string, 0, strings.Count(set, ",")+1)
	for number := range strings.SplitSeq(set, ",") {
		list = append(list, keys[decodeNumber(number)])
	}
	return list
}

func (s *service) decodeAction(service, name, rest string) Action {
	head, types, found := strings.Cut(rest, "\t")
	a := Action{Service: service, Name: name, Level: Level(head[0]), ConditionKeys: s.sets[decodeNumber(head[1:])]}
	if !found {
		return a
	}
	a.Resources = make([]Resource, 0, strings.Count(types, "\t")+1)
	for field := range strings.SplitSeq(types, "\t") {
		number, set, _ := strings.Cut(field, ":")
		number, required := strings.CutSuffix(number, "!")
		r := s.types[decodeNumber(number)]
		r.Required, r.ConditionKeys = required, s.sets[decodeNumber(set)]
		a.Resources = append(a.Resources, r)
	}
	return a
}

// decodeNumber gives 0 for an empty field. The text is ours: a number that is none would show in the test that decodes all.
func decodeNumber(s string) int {
	n, _ := strconv.ParseInt(s, 36, 32)
	return int(n)
}
