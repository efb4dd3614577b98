"""Starts moto's server with its Step Functions engine on, and eight faults repaired.

Only attributes are set: no file of moto is changed. It stands in for IAM, STS,
DynamoDB, Step Functions, SNS, SQS, EventBridge and Secrets Manager in tests.
The state machine is in JSONPath, so moto's JSONata evaluator is left as it is.
"""

import copy
import sys
import threading
import uuid

VERSION = "5.2.1"

try:
    import moto
except ImportError:
    sys.exit(f"moto is missing: python3 -m pip install 'moto[all,server]=={VERSION}'")
if moto.__version__ != VERSION:
    sys.exit(f"moto {moto.__version__} is not {VERSION}, to which the repairs fit: "
             f"python3 -m pip install 'moto[all,server]=={VERSION}'")

from moto.core.config import default_user_config

default_user_config["stepfunctions"] = {"execute_state_machine": True}
default_user_config["lambda"] = {"use_docker": False}

from moto.dynamodb.models import dynamo_type
from moto.dynamodb.responses import DynamoHandler
from moto.events import models as events
from moto.iam.models import IAMBackend
from moto.events.utils import EventTemplateParser
from moto.server import main
from moto.stepfunctions import models, responses
from moto.stepfunctions.parser.asl.eval.callback.callback import CallbackEndpoint
from moto.utilities.arns import parse_arn


def without_executions(machine, _memo):
    """A copy of a state machine, without the locks of what it runs.

    As it is, the second StartExecution in an account fails: copying the state
    machine copies its executions, and a lock cannot be copied.
    """
    new = copy.copy(machine)
    new.executions = []
    return new


def set_within_limit(self, name, value):
    """An attribute of an item, refused beyond DynamoDB's limit of 400 KB.

    As it is, the limit is 405,000 bytes.
    """
    def size(x):
        return x.size() if isinstance(x, dynamo_type.DynamoType) else dynamo_type.bytesize(str(x))

    others = sum(size(n) + size(v) for n, v in self.items() if n != name)
    if others + size(name) + size(value) > 400 * 1024:
        raise dynamo_type.ItemSizeTooLarge
    dict.__setitem__(self, name, value)


dynamo_type.LimitedSizeDict.__setitem__ = set_within_limit

of_items = threading.Lock()
call_action = DynamoHandler.call_action


def one_at_a_time(self):
    """One call of DynamoDB after the other.

    As it is, two conditional writes of one item at once may both be made.
    """
    with of_items:
        return call_action(self)


DynamoHandler.call_action = one_at_a_time

models.StateMachine.__deepcopy__ = without_executions
models.StateMachineVersion.__deepcopy__ = without_executions

start_execution = responses.StepFunctionResponse.start_execution


def start_named(self):
    """StartExecution that names an execution for which no name was given.

    As it is, all of them are called None, and the second one exists already.
    """
    asked = self._get_param

    def parameter(name, *args, **kwargs):
        value = asked(name, *args, **kwargs)
        return str(uuid.uuid4()) if name == "name" and value is None else value

    self._get_param = parameter
    return start_execution(self)


responses.StepFunctionResponse.start_execution = start_named

set_up_heartbeat = CallbackEndpoint.setup_heartbeat_endpoint


def set_up_heartbeat_answered(self, heartbeat_seconds):
    """Sets up the heartbeats of a task, whose token may have been answered by now.

    As it is, an answer that comes while the invoked function still runs is
    noticed only when a heartbeat is missing.
    """
    endpoint = set_up_heartbeat(self, heartbeat_seconds)
    if self._outcome is not None:
        endpoint.notify()
    return endpoint


CallbackEndpoint.setup_heartbeat_endpoint = set_up_heartbeat_answered

send_to_targets = events.Rule.send_to_targets


def send_on(self, event, *args, **kwargs):
    """Sends an event to a rule's targets. Forwarded to a bus, it stays what it is.

    As it is, it is put there anew: as an event of the bus's own account, of
    another instant, and about no resource. A rule that leads to a bus leads to
    nothing else here.
    """
    buses = [parse_arn(target["Arn"]) for target in self.targets if ":event-bus/" in target["Arn"]]
    if not buses:
        send_to_targets(self, event, *args, **kwargs)
    elif self.event_pattern.matches_event(event):
        for arn in buses:
            bus = events.events_backends[arn.account][arn.region].describe_event_bus(arn.resource_id)
            for rule in bus.rules.values():
                rule.send_to_targets(copy.deepcopy(event))


events.Rule.send_to_targets = send_on

# As it is, what reaches a target does not say of which account it is.
template = EventTemplateParser.DEFAULT_EVENT_INPUT_TEMPLATE
EventTemplateParser.DEFAULT_EVENT_INPUT_TEMPLATE = template.replace("{", '{"account": "<account>", ', 1)



def bearing(tags, keys):
    """The keys of tags that are one of keys, without regard to case.

    As it is, moto tells the tags of roles and users apart by case. IAM does not:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_case
    """
    folded = {key.lower() for key in keys}
    return [tag["Key"] for tag in tags if tag["Key"].lower() in folded]


def fold_tags(kind, tags_of):
    tag, untag = getattr(IAMBackend, f"tag_{kind}"), getattr(IAMBackend, f"untag_{kind}")

    def tag_folded(self, name, tags):
        untag(self, name, bearing(tags_of(self, name), [new["Key"] for new in tags]))
        tag(self, name, tags)

    def untag_folded(self, name, keys):
        untag(self, name, bearing(tags_of(self, name), keys))

    setattr(IAMBackend, f"tag_{kind}", tag_folded)
    setattr(IAMBackend, f"untag_{kind}", untag_folded)


fold_tags("role", lambda self, name: self.get_role(name).tags)
fold_tags("user", lambda self, name: self.tagger.list_tags_for_resource(self.get_user(name).arn)["Tags"])

main(sys.argv[1:])
