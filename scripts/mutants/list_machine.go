package main

const definition = "statemachines/elevation.asl.json"

// machine are the mutants of the state machine.
func machine() []mutant {
	return []mutant{{
		name:  "machine: Hold's Catch",
		takes: "a Hold that fails or times out leads to Revoke",
		file:  definition,
		old: `"Catch": [
        {"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Revoke"}
      ],
      "Next": "Revoke"`,
		new: `"Next": "Revoke"`,
	}, {
		name:  "machine: Hold's Catch of time-outs",
		takes: "a Hold that times out leads to Revoke",
		file:  definition,
		old: `{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Revoke"}
      ],
      "Next": "Revoke"`,
		new: `{"ErrorEquals": ["States.TaskFailed"], "ResultPath": null, "Next": "Revoke"}
      ],
      "Next": "Revoke"`,
	}, {
		name:  "machine: Grant's Catch",
		takes: "a Grant that fails leads to Revoke",
		file:  definition,
		old: `"Next": "NotOurs"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Revoke"}`,
		new: `"Next": "NotOurs"}`,
	}, {
		name:  "machine: Catch without ResultPath",
		takes: "the error does not replace the input that Revoke needs",
		file:  definition,
		old: `"Next": "NotOurs"},
        {"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Revoke"}`,
		new: `"Next": "NotOurs"},
        {"ErrorEquals": ["States.ALL"], "Next": "Revoke"}`,
	}, {
		name:  "machine: Revoke's Retry",
		takes: "a Revoke that fails is tried again",
		file:  definition,
		old: `"Retry": [
        {
          "ErrorEquals": ["States.ALL"],
          "IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 300, "JitterStrategy": "FULL", "MaxAttempts": 99999999
        }
      ],
      "End": true`,
		new: `"End": true`,
	}, {
		name:  "machine: Revoke is tried for ever",
		takes: "the tries of Revoke have no end",
		file:  definition,
		old:   `"MaxAttempts": 99999999`,
		new:   `"MaxAttempts": 5`,
	}, {
		name:  "machine: Revoke's longest wait",
		takes: "the waits between tries of Revoke grow to five minutes only",
		file:  definition,
		old:   `"MaxDelaySeconds": 300, `,
		new:   ``,
	}, {
		name:  "machine: Revoke's time-out",
		takes: "a Revoke that hangs is tried again",
		file:  definition,
		old: `"TimeoutSeconds": 30,
      "ResultPath": null,
      "Retry": [
        {
          "ErrorEquals": ["States.ALL"]`,
		new: `"ResultPath": null,
      "Retry": [
        {
          "ErrorEquals": ["States.ALL"]`,
	}, {
		name:  "machine: only NotYours touches nothing",
		takes: "a Grant that is over leads to Revoke",
		file:  definition,
		old:   `["NotYours"]`,
		new:   `["NotYours", "Over"]`,
	}, {
		name:  "machine: another execution's grant",
		takes: "an execution leaves alone what another owns",
		file:  definition,
		old:   `{"ErrorEquals": ["NotYours"], "ResultPath": null, "Next": "NotOurs"},`,
		new:   ``,
	}, {
		name:  "machine: whom to ask",
		takes: "what has no route of its own asks for approval",
		file:  definition,
		old:   `"Default": "AskApprovers"`,
		new:   `"Default": "WaitForStart"`,
	}, {
		name:  "machine: time to decide",
		takes: "waiting for approvers has an end",
		file:  definition,
		old:   `"TimeoutSecondsPath": "$.decide_seconds",`,
		new:   ``,
	}, {
		name:  "machine: nobody decided",
		takes: "what nobody decided on lapses",
		file:  definition,
		old:   `{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Lapse"}`,
		new:   `{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "WaitForStart"}`,
	}, {
		name:  "machine: the start",
		takes: "nothing is granted before its start",
		file:  definition,
		old:   `"TimestampPath": "$.start_at"`,
		new:   `"Seconds": 1`,
	}, {
		name:  "machine: Hold's heartbeat",
		takes: "a holder who falls silent loses access",
		file:  definition,
		old:   `"HeartbeatSecondsPath": "$.grant.beat_seconds",`,
		new:   ``,
	}, {
		name:  "machine: Hold's time-out",
		takes: "the deadline ends Hold, whoever goes on beating",
		file:  definition,
		old:   `"TimeoutSecondsPath": "$.grant.timeout_seconds",`,
		new:   ``,
	}, {
		name:  "machine: a relative hold",
		takes: "the time to hold is Grant's answer, and not counted from the start of the task",
		file:  definition,
		old:   `"TimeoutSecondsPath": "$.grant.timeout_seconds",`,
		new:   `"TimeoutSeconds": 3600,`,
	}, {
		name:  "machine: Grant's result is cut",
		takes: "no result of Grant can be too large or miss what Hold needs",
		file:  definition,
		old:   `"ResultPath": "$.grant",`,
		new:   `"ResultPath": "$",`,
	}, {
		name:  "machine: Grant's Retry",
		takes: "a Grant that cannot yet read back what it attached is tried again",
		file:  definition,
		old: `"Lambda.SdkClientException", "Transient"],
          "IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 5, "JitterStrategy": "FULL", "MaxAttempts": 4
        }
      ],
      "Catch": [
        {"ErrorEquals": ["NotYours"]`,
		new: `"Lambda.SdkClientException"],
          "IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 5, "JitterStrategy": "FULL", "MaxAttempts": 4
        }
      ],
      "Catch": [
        {"ErrorEquals": ["NotYours"]`,
	}, {
		name:  "machine: a pile of grants",
		takes: "a Grant that was throttled is repeated for as long as a pile of grants may last",
		file:  definition,
		old:   `"MaxAttempts": 60`,
		new:   `"MaxAttempts": 4`,
	}, {
		name:  "machine: Hold's Retry",
		takes: "a Hold whose token could not be stored is tried again",
		file:  definition,
		old: `"IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 5, "JitterStrategy": "FULL", "MaxAttempts": 4
        }
      ],
      "Catch": [
        {"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Revoke"}
      ],
      "Next": "Revoke"`,
		new: `"IntervalSeconds": 1, "BackoffRate": 2, "MaxDelaySeconds": 5, "JitterStrategy": "FULL", "MaxAttempts": 0
        }
      ],
      "Catch": [
        {"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Revoke"}
      ],
      "Next": "Revoke"`,
	}, {
		name:  "machine: the Retry of asking",
		takes: "a request whose token could not be stored at once does not lapse",
		file:  definition,
		old: `"MaxAttempts": 10
        }
      ],
      "Catch": [
        {"ErrorEquals": ["Denied", "Withdrawn", "Lapsed"]`,
		new: `"MaxAttempts": 0
        }
      ],
      "Catch": [
        {"ErrorEquals": ["Denied", "Withdrawn", "Lapsed"]`,
	}, {
		name:  "machine: the Retry of lapsing",
		takes: "an approval that came at the last instant is found though the store did not answer at once",
		file:  definition,
		old: `"MaxAttempts": 10
        }
      ],
      "Catch": [
        {"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Closed"}`,
		new: `"MaxAttempts": 0
        }
      ],
      "Catch": [
        {"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Closed"}`,
	}}
}
