"""Reads one case a line, answers one line each: how LocalStack's interpreter, as moto has it, ends the execution."""

import functools
import json
import logging
import sys
import threading
import time

from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path

ROLE = "arn:aws:iam::111122223333:role/machine"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:elevation"

logging.disable(logging.CRITICAL)
for module in (json_path, result_path):
    module.parse = functools.cache(module.parse)  # it builds its parser for each path
WaitFunction._wait_interval = lambda self, env, wait_seconds: None
time.sleep = lambda seconds: None  # between retries


class Inline:
    """A thread that has run when it was started: the interpreter starts two for each state, to have time-outs."""

    def __init__(self, target, args=(), daemon=None):
        self.start = lambda: target(*args)

    def join(self, timeout=None):
        pass

    def is_alive(self):
        return False


threading.Thread = execute_state.Thread = Inline

answers = []


def invoke(parameters, region, state_credentials):
    """The next answer of the case's function: a value, or the name of an error."""
    answer = answers.pop(0) if answers else {"ok": None}
    if "error" in answer:
        return {"FunctionError": "Unhandled", "Payload": {"errorMessage": answer["error"], "errorType": answer["error"]}}
    payload = answer["ok"]
    if payload == "echo":
        payload = json.loads(parameters["Payload"])
    return {"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200}


lambda_eval_utils._invoke_lambda_function = invoke


def environment(value):
    execution = {"Id": MACHINE.replace("stateMachine", "execution") + ":one", "Input": value, "Name": "one", "RoleArn": ROLE, "StartTime": ""}
    return Environment(
        aws_execution_details=AWSExecutionDetails("000000000000", "us-east-1", ROLE),
        execution_type="STANDARD",
        context={"Execution": execution, "StateMachine": {"Id": MACHINE, "Name": "elevation"}},
        event_history_context=EventHistoryContext.of_program_start(),
        cloud_watch_logging_session=None,
        activity_store={},
    )


def plain(value):
    """The value, with whole numbers as such: the interpreter reads those in lists as floats."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def run(program, value):
    env = environment(value)
    program.eval(env)
    state = env.program_state()
    if isinstance(state, ProgramEnded):
        return {"output": plain(env.states.get_input())}
    return {"error": (state.error or {}).get("error") or ""}


definition = program = None
for line in sys.stdin:
    case = json.loads(line)
    if case["machine"] != definition:
        definition = case["machine"]
        program = AmazonStateLanguageParser.parse(json.dumps(definition))[0]
    answers[:] = case["answers"]
    print(json.dumps(run(program, case["input"]), sort_keys=True, ensure_ascii=False, separators=(",", ":")))
