package eventpattern_test

import (
	"fmt"
	"strings"
	"testing"

	"curfew/shared/eventpattern"
)

// TestRefusedPatterns checks the error lines of patterns that EventBridge refuses, and of the few that only Curfew
// refuses (see the package doc).
func TestRefusedPatterns(t *testing.T) {
	tests := []struct{ name, pattern, want string }{
		{"not JSON", `{'a': ["x"]}`, `unexpected character '\'', want the name of a member, at byte 1`},
		{"nothing", ``, `unexpected end, want a value, at byte 0`},
		{"two values", `{"a": [1]} {}`, `something follows the value, at byte 11`},
		{"a list", `["a"]`, `want an object, at byte 0`},
		{"a string", `"a"`, `want an object, at byte 0`},
		{"no UTF-8", "{\"a\": [\"\xff\"]}", `not valid UTF-8, at byte 8`},
		{"too long", `{"a": ["` + strings.Repeat("x", 4096) + `"]}`, `4107 characters, want at most 4096`},
		{"too deep", strings.Repeat(`{"a":`, 101) + `1` + strings.Repeat(`}`, 101), strings.Repeat(`a.`, 99) + `a: objects and lists nested deeper than 100, at byte 500`},
		{"empty", `{}`, `an empty object, want at least one field`},
		{"empty object", `{"a": {}}`, `a: an empty object, want at least one field`},
		{"empty list", `{"resources": []}`, `resources: an empty list, want at least one value`},
		{"a bare string", `{"a": {"b": "x"}}`, `a.b: want an object or a list, got a string`},
		{"a bare number", `{"int": 42}`, `int: want an object or a list, got a number`},
		{"a bare word", `{"a": null}`, `a: want an object or a list, got null`},
		{"a list in a list", `{"a": ["x", ["y"]]}`, `a[1]: want a string, a number, true, false, null or an operator, got a list`},
		{"a field twice", `{"a": ["x"], "a": ["y"]}`, `a: the same name twice, at byte 13`},
		{"a name that is no plain word", `{"a\nb": {"": "x"}}`, `"a\nb"."": want an object or a list, got a string`},
		{"a name in quotes, twice by a dot", `{"\"a": {"b": ["x"]}, "\"a.b": ["y"]}`, `"\"a.b": the field "\"a.b" comes more than once on one way through the pattern`},
		{"a field twice, with a dot", `{"a": {"b": ["x"]}, "a.b": ["y"]}`, `a.b: the field a.b comes more than once on one way through the pattern`},
		{"a field in and beside a $or", `{"a": ["x"], "$or": [{"b": [1]}, {"a": ["y"]}]}`, `$or[1].a: the field a comes more than once on one way through the pattern`},

		{"unknown operator", `{"a": [{"contains": "x"}]}`, `a[0]: unknown operator "contains"`},
		{"operator in capitals", `{"my_key": [{"EXISTS": true}]}`, `my_key[0]: unknown operator "EXISTS"`},
		{"exactly", `{"a": [{"exactly": "x"}]}`, `a[0]: unknown operator "exactly"`},
		{"no operator", `{"a": ["x", {}]}`, `a[1]: 0 operators in one object, want 1`},
		{"two operators", `{"a": [{"prefix": "x", "suffix": "y"}]}`, `a[0]: 2 operators in one object, want 1`},
		{"one operator twice", `{"a": [{"prefix": "x", "prefix": "y"}]}`, `a[0].prefix: the same name twice, at byte 23`},

		{"prefix of a number", `{"time": [{"prefix": 123}]}`, `time[0].prefix: want a string, got a number`},
		{"prefix of a list", `{"time": [{"prefix": ["x"]}]}`, `time[0].prefix: want a string, got a list`},
		{"prefix of another operator", `{"a": [{"prefix": {"wildcard": "x"}}]}`, `a[0].prefix: want a string or equals-ignore-case, got "wildcard"`},
		{"prefix of an empty object", `{"a": [{"prefix": {}}]}`, `a[0].prefix: 0 operators in one object, want 1`},
		{"prefix ignoring the case of a number", `{"a": [{"prefix": {"equals-ignore-case": 5}}]}`, `a[0].prefix.equals-ignore-case: want a string, got a number`},
		{"suffix of a number", `{"a": [{"suffix": 123}]}`, `a[0].suffix: want a string, got a number`},
		{"suffix of a list", `{"a": [{"suffix": [".png"]}]}`, `a[0].suffix: want a string, got a list`},
		{"equals-ignore-case of a list", `{"a": [{"equals-ignore-case": ["x"]}]}`, `a[0].equals-ignore-case: want a string, got a list`},
		{"equals-ignore-case of an operator", `{"a": [{"equals-ignore-case": {"prefix": "x"}}]}`, `a[0].equals-ignore-case: want a string, got an object`},

		{"wildcard of a number", `{"a": [{"wildcard": 123}]}`, `a[0].wildcard: want a string, got a number`},
		{"wildcard of a list", `{"a": [{"wildcard": ["x"]}]}`, `a[0].wildcard: want a string, got a list`},
		{"consecutive wildcards", `{"a": [{"wildcard": "arn:**:x"}]}`, `a[0].wildcard: consecutive wildcard characters at 4`},
		{"consecutive wildcards at the start", `{"a": [{"wildcard": "**"}]}`, `a[0].wildcard: consecutive wildcard characters at 0`},
		{"escape of a letter", `{"a": [{"wildcard": "a\\b*"}]}`, `a[0].wildcard: a backslash at 1 that is not \* or \\`},
		{"escape of nothing", `{"a": [{"wildcard": "a\\"}]}`, `a[0].wildcard: a backslash at 1 that is not \* or \\`},
		{"too complex", `{"a": [{"wildcard": "*:*:*:*:*:event-bus/*"}]}`, `a[0].wildcard: 6 wildcard characters, want at most 4`},

		{"numeric in capitals", `{"a": [{"NUMERIC": ["=", 5]}]}`, `a[0]: unknown operator "NUMERIC"`},
		{"numeric of a number", `{"a": [{"numeric": 5}]}`, `a[0].numeric: want a list, got a number`},
		{"numeric of nothing", `{"a": [{"numeric": []}]}`, `a[0].numeric: 0 entries, want a comparison and a number, once or twice`},
		{"numeric cut off", `{"a": [{"numeric": [">", 0, "<"]}]}`, `a[0].numeric: 3 entries, want a comparison and a number, once or twice`},
		{"numeric twice upwards", `{"a": [{"numeric": [">", 0, ">", 0]}]}`, `a[0].numeric: ">" in the wrong place, want > or >= and then < or <=`},
		{"numeric the wrong way round", `{"a": [{"numeric": ["<", 5, ">", 0]}]}`, `a[0].numeric: "<" in the wrong place, want > or >= and then < or <=`},
		{"numeric equal and more", `{"a": [{"numeric": ["=", 5, "<", 9]}]}`, `a[0].numeric: "=" in the wrong place, want > or >= and then < or <=`},
		{"numeric with three comparisons", `{"a": [{"numeric": [">", 0, "<", 5, "<", 9]}]}`, `a[0].numeric: 6 entries, want a comparison and a number, once or twice`},
		{"numeric without a comparison", `{"a": [{"numeric": [5, 6]}]}`, `a[0].numeric: want a comparison, got a number`},
		{"numeric of a string", `{"a": [{"numeric": [">", "5"]}]}`, `a[0].numeric: want a number after ">", got a string`},
		{"numeric, unknown", `{"a": [{"numeric": ["!=", 5]}]}`, `a[0].numeric: unknown comparison "!=", want =, <, <=, > or >=`},
		{"numeric beyond the limit", `{"a": [{"numeric": ["<", 5000000001]}]}`, `a[0].numeric: 5000000001 is beyond -5e9..5e9 or has more than 6 decimals`},
		{"numeric with seven decimals", `{"a": [{"numeric": ["=", 0.0000001]}]}`, `a[0].numeric: 0.0000001 is beyond -5e9..5e9 or has more than 6 decimals`},
		{"numeric from five to five", `{"a": [{"numeric": [">=", 5, "<=", 5]}]}`, `a[0].numeric: the lower end must be less than the upper one`},

		{"exists maybe", `{"a": [{"exists": "true"}]}`, `a[0].exists: want true or false, got a string`},
		{"exists null", `{"a": [{"exists": null}]}`, `a[0].exists: want true or false, got null`},

		{"cidr of a list", `{"a": [{"cidr": ["x"]}]}`, `a[0].cidr: want a string, got a list`},
		{"cidr without a slash", `{"a": [{"cidr": "10.0.0.0"}]}`, `a[0].cidr: "10.0.0.0" is not an address, a slash and a number of bits`},
		{"cidr of no address", `{"a": [{"cidr": "xx.11.xx/8"}]}`, `a[0].cidr: "xx.11.xx" is not an IP address`},
		{"cidr of no IPv6 address", `{"a": [{"cidr": "xxxx:db8:1234:1a00::/64"}]}`, `a[0].cidr: "xxxx:db8:1234:1a00::" is not an IP address`},
		{"cidr with a word for a mask", `{"a": [{"cidr": "10.0.0.0/xx"}]}`, `a[0].cidr: "10.0.0.0/xx" is not an address, a slash and a number of bits`},
		{"cidr with too long a mask", `{"a": [{"cidr": "10.0.0.0/33"}]}`, `a[0].cidr: "10.0.0.0/33" is not an address, a slash and a number of bits`},
		{"cidr of one address", `{"a": [{"cidr": "10.0.0.1/32"}]}`, `a[0].cidr: "10.0.0.1/32" is a single address: list the address itself`},
		{"cidr of one IPv6 address", `{"a": [{"cidr": "::1/128"}]}`, `a[0].cidr: "::1/128" is a single address: list the address itself`},
		{"cidr with bits beyond its mask", `{"a": [{"cidr": "10.0.0.5/24"}]}`, `a[0].cidr: "10.0.0.5/24" has bits beyond its mask, want "10.0.0.0/24"`},
		{"cidr of IPv4 as IPv6", `{"a": [{"cidr": "::ffff:a00:0/104"}]}`, `a[0].cidr: "::ffff:a00:0/104" is IPv4 written as IPv6`},

		{"anything-but null", `{"a": [{"anything-but": null}]}`, `a[0].anything-but: want a string, a number, a list of either or an operator, got null`},
		{"anything-but true", `{"a": [{"anything-but": true}]}`, `a[0].anything-but: want a string, a number, a list of either or an operator, got true`},
		{"anything-but a list of null", `{"a": [{"anything-but": [null]}]}`, `a[0].anything-but: want a string, a number, a list of either or an operator, got null`},
		{"anything-but a list of lists", `{"a": [{"anything-but": [["x"]]}]}`, `a[0].anything-but: want a string, a number, a list of either or an operator, got a list`},
		{"anything-but strings and numbers", `{"a": [{"anything-but": ["x", 5]}]}`, `a[0].anything-but: want only strings or only numbers in one list`},
		{"anything-but nothing", `{"a": [{"anything-but": []}]}`, `a[0].anything-but: an empty list, want at least one value`},
		{"anything-but no prefixes", `{"a": [{"anything-but": {"prefix": []}}]}`, `a[0].anything-but.prefix: an empty list, want at least one value`},
		{"anything-but no operator", `{"a": [{"anything-but": {}}]}`, `a[0].anything-but: 0 operators in one object, want 1`},
		{"anything-but too large a number", `{"a": [{"anything-but": 111122223333}]}`, `a[0].anything-but: 111122223333 is beyond -5e9..5e9 or has more than 6 decimals`},
		{"anything-but an unknown operator of nothing", `{"a": [{"anything-but": {"\n": []}}]}`, `a[0].anything-but: operator "\n" does not go with anything-but`},
		{"anything-but numeric", `{"a": [{"anything-but": {"numeric": ["=", 5]}}]}`, `a[0].anything-but: operator "numeric" does not go with anything-but`},
		{"anything-but the empty prefix", `{"a": [{"anything-but": {"prefix": ""}}]}`, `a[0].anything-but.prefix: an empty string, which every string has`},
		{"anything-but the empty suffix", `{"a": [{"anything-but": {"suffix": ["x", ""]}}]}`, `a[0].anything-but.suffix: an empty string, which every string has`},
		{"anything-but a prefix of a number", `{"a": [{"anything-but": {"prefix": 123}}]}`, `a[0].anything-but.prefix: want a string or a list of strings, got a number`},
		{"anything-but suffixes of numbers", `{"a": [{"anything-but": {"suffix": [".txt", 123]}}]}`, `a[0].anything-but.suffix: want a string or a list of strings, got a number`},
		{"anything-but a prefix in any case", `{"a": [{"anything-but": {"prefix": {"equals-ignore-case": "x"}}}]}`, `a[0].anything-but.prefix: want a string or a list of strings, got an object`},
		{"anything-but a number in any case", `{"a": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}`, `a[0].anything-but.equals-ignore-case: want a string or a list of strings, got a number`},
		{"anything-but a bad wildcard", `{"a": [{"anything-but": {"wildcard": "**"}}]}`, `a[0].anything-but.wildcard: consecutive wildcard characters at 0`},
		{"anything-but wildcards of numbers", `{"a": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}`, `a[0].anything-but.wildcard: want a string or a list of strings, got a number`},

		{"$or of an object", `{"$or": {"a": ["x"], "b": ["y"]}}`, `$or: want a list of objects, got an object`},
		{"$or of one", `{"detail": {"$or": [{"a": ["x"]}]}}`, `detail.$or: want at least 2 objects, got 1`},
		{"$or of strings", `{"$or": ["x", "y"]}`, `$or[0]: want an object, got a string`},
		{"$or with an empty object", `{"$or": [{"a": ["x"]}, {}]}`, `$or[1]: an empty object, want at least one field`},
		{"$or with an operator", `{"$or": [{"numeric": [123]}, {"prefix": ["abc"]}]}`, `$or[0].numeric: the name of an operator cannot be a field inside $or`},
		{"$or with an operator below", `{"$or": [{"a": [1]}, {"b": {"regex": ["abc"]}}]}`, `$or[1].b.regex: the name of an operator cannot be a field inside $or`},
		{"$or in a $or", `{"$or": [{"a": [1]}, {"$or": [{"b": [2]}, {"c": 3}]}]}`, `$or[1].$or[1].c: want an object or a list, got a number`},
		{"$or beyond 1000 combinations", combinations(10, 10, 11), `c.$or: more than 1000 combinations`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := eventpattern.Parse([]byte(tt.pattern))
			if err == nil {
				t.Fatalf("%s: no error, want %q", tt.pattern, tt.want)
			}
			if got, want := err.Error(), "event pattern: "+tt.want; got != want {
				t.Errorf("error\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestThousandCombinationsAreTaken(t *testing.T) {
	if !matches(t, combinations(10, 10, 10), `{"a": {"f9": 0}, "b": {"f0": 0}, "c": {"f5": 0}}`) {
		t.Error("the last, the first and one between: no match, want one")
	}
}

// combinations is a pattern with one $or per number, with that many branches.
func combinations(branches ...int) string {
	var levels []string
	for i, n := range branches {
		var fields []string
		for j := range n {
			fields = append(fields, fmt.Sprintf(`{"f%d": [0]}`, j))
		}
		levels = append(levels, fmt.Sprintf(`%q: {"$or": [%s]}`, string(rune('a'+i)), strings.Join(fields, ", ")))
	}
	return "{" + strings.Join(levels, ", ") + "}"
}

func TestRefusedEvents(t *testing.T) {
	tests := []struct{ name, event, want string }{
		{"not JSON", `{"a": }`, `a: unexpected character '}', want a value, at byte 6`},
		{"nothing", ``, `unexpected end, want a value, at byte 0`},
		{"null", `null`, `want an object, at byte 0`},
		{"a list", `[{"a": 1}]`, `want an object, at byte 0`},
		{"no UTF-8", "{\"a\": \"\xff\"}", `not valid UTF-8, at byte 7`},
		{"too deep", `{"b": ` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}`, `b` + strings.Repeat(`[0]`, 85) + `…: objects and lists nested deeper than 100, at byte 105`},
		{"too large", `{"a": "` + strings.Repeat("x", 1<<20) + `"}`, `1048585 bytes, want at most 1048576`},
		{"too many elements", `{"l": [` + strings.Repeat(`{"k": 1}, {"v": 1}, `, 4000) + `{}]}`, `too many elements in lists to find out whether it matches`},
	}
	p := mustParse(t, `{"l": {"k": [1], "v": [1]}}`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			matched, err := p.Match([]byte(tt.event))
			if err == nil || matched {
				t.Fatalf("match = %t, %v, want the error %q", matched, err, tt.want)
			}
			if got, want := err.Error(), "event: "+tt.want; got != want {
				t.Errorf("error %q, want %q", got, want)
			}
		})
	}
}

func TestAsDeepAndLargeAsAllowed(t *testing.T) {
	nested := `{"b": ` + strings.Repeat(`[`, 99) + `7` + strings.Repeat(`]`, 99) + `}`
	if !matches(t, `{"b": [7]}`, nested) {
		t.Error("100 deep: no match, want one")
	}
	long := `{"a": ["` + strings.Repeat("ä", 4085) + `"]}`
	if _, err := eventpattern.Parse([]byte(long)); err != nil {
		t.Errorf("4096 characters in more bytes: %v, want no error", err)
	}
	large := `{"a": "` + strings.Repeat("x", 1<<20-9) + `"}`
	if !matches(t, `{"a": [{"suffix": "x"}]}`, large) {
		t.Error("1 MiB: no match, want one")
	}
}

// TestBracketsInTextAreNotDepth: brackets in strings do not count as depth.
func TestBracketsInTextAreNotDepth(t *testing.T) {
	if !matches(t, `{"b": [7]}`, `{"a": "\"`+strings.Repeat("{[", 200)+`", "b": 7}`) {
		t.Error("400 brackets in a string: no match, want one")
	}
	if !matches(t, `{"b": [7]}`, `{"a": [`+strings.Repeat("{},", 200)+`{}], "b": 7}`) {
		t.Error("201 objects beside each other: no match, want one")
	}
}
