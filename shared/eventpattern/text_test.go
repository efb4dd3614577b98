package eventpattern_test

import "testing"

func TestPrefixAndSuffix(t *testing.T) {
	runVerdicts(t, []verdict{
		{page: pageOperators, name: "a day of time", pattern: `{"time": [{"prefix": "2026-08-06"}]}`, event: ec2, want: true},
		{page: pageOperators, name: "another day", pattern: `{"time": [{"prefix": "2026-08-07"}]}`, event: ec2, want: false},
		{page: pageOperators, name: "a region of the US", pattern: `{"region": [{"prefix": "us-"}]}`, event: ec2, want: true},
		{page: pageOperators, name: "a picture", pattern: `{"FileName": [{"suffix": ".png"}]}`, event: `{"FileName": "cat.png"}`, want: true},
		{page: pageOperators, name: "no picture", pattern: `{"FileName": [{"suffix": ".png"}]}`, event: `{"FileName": "cat.png.txt"}`, want: false},
		{page: ruler, name: "the service", pattern: `{"source": [{"suffix": "ec2"}]}`, event: ec2, want: true},
		{page: ruler, name: "prefix is for strings", pattern: `{"a": [{"prefix": "1"}]}`, event: `{"a": 12}`, want: false},
		{page: ruler, name: "suffix is for strings", pattern: `{"a": [{"suffix": "e"}]}`, event: `{"a": true}`, want: false},
		{page: ours, name: "prefix is the whole", pattern: `{"a": [{"prefix": "us"}]}`, event: `{"a": "us"}`, want: true},
		{page: ours, name: "prefix in another case", pattern: `{"a": [{"prefix": "US"}]}`, event: `{"a": "us-east-1"}`, want: false},
		{page: ours, name: "suffix in another case", pattern: `{"a": [{"suffix": ".PNG"}]}`, event: `{"a": "cat.png"}`, want: false},
		{page: ours, name: "prefix longer than the value", pattern: `{"a": [{"prefix": "us-east"}]}`, event: `{"a": "us"}`, want: false},
		{page: ours, name: "suffix longer than the value", pattern: `{"a": [{"suffix": "cat.png"}]}`, event: `{"a": ".png"}`, want: false},
		{page: ours, name: "an empty prefix is for every string", pattern: `{"a": [{"prefix": ""}]}`, event: `{"a": ""}`, want: true},
		{page: ours, name: "an empty prefix is not for null", pattern: `{"a": [{"prefix": ""}]}`, event: `{"a": null}`, want: false},
		{page: ours, name: "a missing field has no prefix", pattern: `{"a": [{"prefix": ""}]}`, event: `{"b": "x"}`, want: false},
	})
}

func TestIgnoringCase(t *testing.T) {
	runVerdicts(t, []verdict{
		{page: pageOperators, name: "equals", pattern: `{"detail-type": [{"equals-ignore-case": "ec2 instance state-change notification"}]}`, event: ec2, want: true},
		{page: pageOperators, name: "equals not", pattern: `{"detail-type": [{"equals-ignore-case": "ec2 instance state-change"}]}`, event: ec2, want: false},
		{page: pageOperators, name: "prefix in capitals", pattern: `{"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}`, event: `{"service": "EVENTBRIDGE"}`, want: true},
		{page: pageOperators, name: "prefix in small letters", pattern: `{"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}`, event: `{"service": "eventbridge"}`, want: true},
		{page: pageOperators, name: "prefix not", pattern: `{"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}`, event: `{"service": "event"}`, want: false},
		{page: pageOperators, name: "suffix in capitals", pattern: `{"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}`, event: `{"FileName": "cat.PNG"}`, want: true},
		{page: pageOperators, name: "suffix in mixed case", pattern: `{"service": [{"suffix": {"equals-ignore-case": "tBridge"}}]}`, event: `{"service": "EventBridge"}`, want: true},
		{page: pageOperators, name: "suffix not", pattern: `{"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}`, event: `{"FileName": "png"}`, want: false},
		{page: ruler, name: "equals is for strings", pattern: `{"a": [{"equals-ignore-case": "true"}]}`, event: `{"a": true}`, want: false},
		{page: ruler, name: "prefix is for strings", pattern: `{"a": [{"prefix": {"equals-ignore-case": "t"}}]}`, event: `{"a": true}`, want: false},
		{page: ruler, name: "suffix is for strings", pattern: `{"a": [{"suffix": {"equals-ignore-case": "e"}}]}`, event: `{"a": true}`, want: false},
		{page: ours, name: "equals empty", pattern: `{"a": [{"equals-ignore-case": ""}]}`, event: `{"a": ""}`, want: true},
		{page: ours, name: "empty is not null", pattern: `{"a": [{"equals-ignore-case": ""}]}`, event: `{"a": null}`, want: false},
		{page: ours, name: "a longer value is not equal", pattern: `{"a": [{"equals-ignore-case": "ab"}]}`, event: `{"a": "ABC"}`, want: false},
		{page: ours, name: "letters beyond ASCII", pattern: `{"a": [{"equals-ignore-case": "\u00c4rger"}]}`, event: `{"a": "\u00e4RGER"}`, want: true},
		{page: ours, name: "the Kelvin sign is no k", pattern: `{"a": [{"equals-ignore-case": "k"}]}`, event: `{"a": "\u212a"}`, want: false},
		{page: ours, name: "nothing is no replacement character, in front", pattern: `{"a": [{"prefix": {"equals-ignore-case": "\ufffd"}}]}`, event: `{"a": ""}`, want: false},
		{page: ours, name: "nothing is no replacement character, at the end", pattern: `{"a": [{"suffix": {"equals-ignore-case": "\ufffd"}}]}`, event: `{"a": ""}`, want: false},
	})
}

func TestWildcard(t *testing.T) {
	const bus = `{"EventBusArn": "arn:aws:events:us-east-1:111122223333:event-bus/nightly"}`
	const deep = `{"FileName": "/Users/ana/dir/dir/dir/dir/dir/doc.txt"}`
	runVerdicts(t, []verdict{
		{page: pageOperators, name: "a picture in a folder", pattern: `{"FileName": [{"wildcard": "dir/*.png"}]}`, event: `{"FileName": "dir/cat.png"}`, want: true},
		{page: pageOperators, name: "another folder", pattern: `{"FileName": [{"wildcard": "dir/*.png"}]}`, event: `{"FileName": "other/cat.png"}`, want: false},
		{page: pageOperators, name: "fewer characters", pattern: `{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:*:event-bus/*"}]}`, event: bus, want: true},
		{page: pageOperators, name: "another Region", pattern: `{"EventBusArn": [{"wildcard": "arn:aws:events:eu-west-1:*:event-bus/*"}]}`, event: bus, want: false},
		{page: pageOperators, name: "what repeats", pattern: `{"FileName": [{"wildcard": "/Users/*/dir/dir/dir/dir/dir/doc.txt"}]}`, event: deep, want: true},
		{page: pageOperators, name: "what repeats too often", pattern: `{"FileName": [{"wildcard": "/Users/*/dir/dir/dir/dir/dir/dir/doc.txt"}]}`, event: deep, want: false},
		{page: pageOperators, name: "what does not repeat", pattern: `{"FileName": [{"wildcard": "/Users/*/doc.txt"}]}`, event: deep, want: true},
		{page: pageOperators, name: "a star is a star", pattern: `{"a": [{"wildcard": "a\\*b"}]}`, event: `{"a": "a*b"}`, want: true},
		{page: pageOperators, name: "a star is nothing else", pattern: `{"a": [{"wildcard": "a\\*b"}]}`, event: `{"a": "axb"}`, want: false},
		{page: pageOperators, name: "a backslash is a backslash", pattern: `{"a": [{"wildcard": "a\\\\*"}]}`, event: `{"a": "a\\b"}`, want: true},
		{page: pageOperators, name: "a backslash is nothing else", pattern: `{"a": [{"wildcard": "a\\\\*"}]}`, event: `{"a": "ab"}`, want: false},
		{page: ruler, name: "zero characters", pattern: `{"a": [{"wildcard": "Simple*Service"}]}`, event: `{"a": "SimpleService"}`, want: true},
		{page: ruler, name: "some characters", pattern: `{"a": [{"wildcard": "Simple*Service"}]}`, event: `{"a": "SimpleQueueService"}`, want: true},
		{page: ruler, name: "in another case", pattern: `{"a": [{"wildcard": "simple*service"}]}`, event: `{"a": "SimpleQueueService"}`, want: false},
		{page: ruler, name: "wildcard is for strings", pattern: `{"a": [{"wildcard": "*"}]}`, event: `{"a": 5}`, want: false},
		{page: ours, name: "a wildcard alone is any string", pattern: `{"a": [{"wildcard": "*"}]}`, event: `{"a": ""}`, want: true},
		{page: ours, name: "no wildcard is equality", pattern: `{"a": [{"wildcard": "abc"}]}`, event: `{"a": "abc"}`, want: true},
		{page: ours, name: "no wildcard is no prefix", pattern: `{"a": [{"wildcard": "abc"}]}`, event: `{"a": "abcd"}`, want: false},
		{page: ours, name: "the empty wildcard is the empty string", pattern: `{"a": [{"wildcard": ""}]}`, event: `{"a": ""}`, want: true},
		{page: ours, name: "both ends need their own letters", pattern: `{"a": [{"wildcard": "aba*aba"}]}`, event: `{"a": "ababa"}`, want: false},
		{page: ours, name: "the order counts", pattern: `{"a": [{"wildcard": "*b*c*"}]}`, event: `{"a": "acb"}`, want: false},
		{page: ours, name: "the middle may come twice", pattern: `{"a": [{"wildcard": "*ab*b"}]}`, event: `{"a": "xabab"}`, want: true},
		{page: ours, name: "the middle must come twice", pattern: `{"a": [{"wildcard": "*ab*ab*"}]}`, event: `{"a": "xab"}`, want: false},
		{page: ours, name: "an escaped star between wildcards", pattern: `{"a": [{"wildcard": "*\\**"}]}`, event: `{"a": "x*y"}`, want: true},
		{page: ours, name: "an escaped star beside a wildcard", pattern: `{"a": [{"wildcard": "\\**"}]}`, event: `{"a": "*x"}`, want: true},
		{page: ours, name: "a star after an escaped backslash", pattern: `{"a": [{"wildcard": "\\\\\\**"}]}`, event: `{"a": "\\*x"}`, want: true},
		{page: ours, name: "letters of several bytes", pattern: `{"a": [{"wildcard": "\u00e4*\u00f6"}]}`, event: `{"a": "\u00e4\u00fc\u00f6"}`, want: true},
	})
}

func TestAddresses(t *testing.T) {
	runVerdicts(t, []verdict{
		{page: pageOperators, name: "within", pattern: `{"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}}`, event: ec2, want: true},
		{page: pageOperators, name: "without", pattern: `{"detail": {"source-ip": [{"cidr": "10.0.1.0/24"}]}}`, event: ec2, want: false},
		{page: ruler, name: "the first", pattern: `{"a": [{"cidr": "10.0.0.0/8"}]}`, event: `{"a": "10.0.0.0"}`, want: true},
		{page: ruler, name: "the last", pattern: `{"a": [{"cidr": "10.0.0.0/8"}]}`, event: `{"a": "10.255.255.255"}`, want: true},
		{page: ruler, name: "one beyond", pattern: `{"a": [{"cidr": "10.0.0.0/8"}]}`, event: `{"a": "11.0.0.0"}`, want: false},
		{page: ruler, name: "IPv6 within", pattern: `{"a": [{"cidr": "2001:db8:1234:1a00::/56"}]}`, event: `{"a": "2001:db8:1234:1aff::1"}`, want: true},
		{page: ruler, name: "IPv6 without", pattern: `{"a": [{"cidr": "2001:db8:1234:1a00::/56"}]}`, event: `{"a": "2001:db8:1234:1b00::1"}`, want: false},
		{page: ruler, name: "IPv6 in capitals and in full", pattern: `{"a": [{"cidr": "2001:db8::/32"}]}`, event: `{"a": "2001:0DB8:0000:0000:0000:0000:0000:0001"}`, want: true},
		{page: ours, name: "all of IPv4", pattern: `{"a": [{"cidr": "0.0.0.0/0"}]}`, event: `{"a": "203.0.113.9"}`, want: true},
		{page: ours, name: "all of IPv4 is not IPv6", pattern: `{"a": [{"cidr": "0.0.0.0/0"}]}`, event: `{"a": "2001:db8::1"}`, want: false},
		{page: ours, name: "all of IPv6 is not IPv4", pattern: `{"a": [{"cidr": "::/0"}]}`, event: `{"a": "203.0.113.9"}`, want: false},
		{page: ours, name: "IPv4 written as IPv6", pattern: `{"a": [{"cidr": "10.0.0.0/24"}]}`, event: `{"a": "::ffff:a00:21"}`, want: true},
		{page: ours, name: "a number is no address", pattern: `{"a": [{"cidr": "10.0.0.0/24"}]}`, event: `{"a": 123}`, want: false},
		{page: ours, name: "a name is no address", pattern: `{"a": [{"cidr": "10.0.0.0/24"}]}`, event: `{"a": "backup.amazonaws.com"}`, want: false},
		{page: ours, name: "a block is no address", pattern: `{"a": [{"cidr": "10.0.0.0/24"}]}`, event: `{"a": "10.0.0.0/24"}`, want: false},
		{page: ours, name: "an address with a zone", pattern: `{"a": [{"cidr": "fe80::/10"}]}`, event: `{"a": "fe80::1%eth0"}`, want: false},
		{page: ours, name: "an address in another spelling", pattern: `{"a": ["2001:db8::1"]}`, event: `{"a": "2001:0DB8:0:0::1"}`, want: true},
		{page: ours, name: "another address", pattern: `{"a": ["2001:db8::1"]}`, event: `{"a": "2001:db8::2"}`, want: false},
		{page: ours, name: "an address and a name", pattern: `{"a": ["10.0.0.1"]}`, event: `{"a": "localhost"}`, want: false},
		{page: ours, name: "colons and dots are no address", pattern: `{"a": ["10.0.0.1"]}`, event: `{"a": "::ffff:10.0.0.1"}`, want: false},
	})
}
