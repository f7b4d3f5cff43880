"""Starts the AWS emulator (MiniStack) with what a rehearsal of releases on EKS needs and it does not bring.

* One EKS cluster, whose endpoint and certificate authority are those of the rehearsal's own control plane.
* Access entries of that cluster as CloudFormation resources, and their access policies as RBAC in the control plane.
* Identity that is checked where it decides: a Lambda function runs as its own role, and a token review verifies the
  signature and the access entry. Elsewhere the emulator stays permissive, because its strict mode refuses the CDK CLI's
  uploads.
* HTTPS to the API server: the emulator's Node runtime turns every HTTPS call to this machine into HTTP.
* Tags of buckets, by which CDK's own functions know the buckets that they may empty.
* Rollbacks that CloudFormation does otherwise: a Delete for a custom resource whose Create failed, resources that are left failed
  with their reasons, and no update of a stack that is stuck.

Everything is read from the environment (`emulator.ts` sets it). A mismatch with the pinned emulator ends the start with
one line that names what was not found, never in a rehearsal that proves less than it says.
"""

import base64
import contextvars
import functools
import json
import os
import ssl
import sys
import types
import urllib.error
import urllib.request

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import cloudformation, eks, s3
from ministack.services.cloudformation import custom_resource, handlers, provisioners, stacks

CLUSTER = os.environ['REHEARSAL_CLUSTER']
ENDPOINT = os.environ['REHEARSAL_API_SERVER']
CA_FILE = os.environ['REHEARSAL_CA_FILE']
ADMIN_TOKEN = os.environ['REHEARSAL_ADMIN_TOKEN']
WEBHOOK_SECRET = os.environ['REHEARSAL_WEBHOOK_SECRET']

# No Docker, even where it is installed: functions run as local processes, and the cluster is the rehearsal's.
eks._get_docker = lambda: None

_strict = contextvars.ContextVar('strict', default=False)


class _App(types.ModuleType):
    """The emulator's application module, whose AUTH is true only inside `_strictly`."""

    AUTH = property(lambda self: _strict.get())


def _strictly(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        token = _strict.set(True)
        try:
            return function(*args, **kwargs)
        finally:
            _strict.reset(token)

    return wrapper


def _check_identities():
    app.__class__ = _App
    lambda_runtime.execution_credentials = _strictly(lambda_runtime.execution_credentials)
    eks._authenticate_token_review = _strictly(eks._authenticate_token_review)


def _keep_https_to_api_server():
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    rewrite = 'if (host === "127.0.0.1" || host === "localhost" || host === msHost'
    if script.count(rewrite) != 1:
        sys.exit('emulator: the HTTPS rewrite of its Node runtime was not found; install the pinned version')
    port = ENDPOINT.rsplit(':', 1)[1]
    exemption = f'if (String(options.port) === "{port}") return origHttpsReq.apply(https, original);\n    '
    lambda_runtime._NODEJS_WORKER_SCRIPT = script.replace(rewrite, exemption + rewrite)


def _serve_own_cluster():
    create = eks._create_cluster

    @functools.wraps(create)
    def create_cluster(body, creator_arn=None):
        answer = create(body, creator_arn)
        cluster = eks._clusters.get(body.get('name', ''))
        if cluster and body['name'] == CLUSTER:
            cluster['endpoint'] = ENDPOINT
            with open(CA_FILE, 'rb') as certificate_authority:
                cluster['certificateAuthority'] = {'data': base64.b64encode(certificate_authority.read()).decode()}
            cluster['_auth_token'] = WEBHOOK_SECRET
        return answer

    eks._create_cluster = create_cluster


def _kubernetes(method, path, body=None):
    request = urllib.request.Request(ENDPOINT + path, method=method, data=json.dumps(body).encode() if body else None, headers={
        'Authorization': f'Bearer {ADMIN_TOKEN}',
        'Content-Type': 'application/apply-patch+yaml',
    })
    with urllib.request.urlopen(request, timeout=10, context=ssl.create_default_context(cafile=CA_FILE)) as response:
        return json.load(response)


_RBAC = '/apis/rbac.authorization.k8s.io/v1'
_PLURAL = {'ClusterRole': 'clusterroles', 'ClusterRoleBinding': 'clusterrolebindings', 'RoleBinding': 'rolebindings'}


def _rbac_path(rbac_object):
    namespace = rbac_object['metadata'].get('namespace')
    return (f'{_RBAC}/namespaces/{namespace}' if namespace else _RBAC) + f"/{_PLURAL[rbac_object['kind']]}/{rbac_object['metadata']['name']}"


def _reconcile_access_policies(cluster_name, account_id, region):
    """Makes the control plane's RBAC say what the cluster's access policies say. True when it does."""
    try:
        namespaces = [item['metadata']['name'] for item in _kubernetes('GET', '/api/v1/namespaces')['items']]
        wanted = {_rbac_path(entry): entry for entry in eks._access_policy_rbac_objects(cluster_name, account_id, region, namespaces)}
        for path, entry in wanted.items():
            _kubernetes('PATCH', path + '?fieldManager=eks&force=true', entry)
        selector = f'?labelSelector={eks._ACCESS_POLICY_BINDING_LABEL}%3Dtrue'
        for kind in ('ClusterRoleBinding', 'RoleBinding'):
            for item in _kubernetes('GET', f'{_RBAC}/{_PLURAL[kind]}{selector}')['items']:
                path = _rbac_path({**item, 'kind': kind})
                if path not in wanted:
                    _kubernetes('DELETE', path)
        return True
    except (OSError, urllib.error.URLError) as error:
        print(f'emulator: access policies are not in the control plane yet: {error}', file=sys.stderr)
        return False


def _answer(response):
    if response[0] >= 400:
        raise ValueError(f'AWS::EKS::AccessEntry: {json.loads(response[2]).get("message", response[2])}')


def _access_entry_body(props):
    return {
        'principalArn': props['PrincipalArn'],
        'kubernetesGroups': list(props.get('KubernetesGroups') or []),
        'username': props.get('Username', ''),
        'type': props.get('Type', 'STANDARD'),
        'tags': {tag['Key']: tag['Value'] for tag in props.get('Tags') or []},
    }


def _associate_policies(props):
    for policy in props.get('AccessPolicies') or []:
        scope = policy['AccessScope']
        _answer(eks._associate_access_policy(props['ClusterName'], props['PrincipalArn'], {
            'policyArn': policy['PolicyArn'],
            'accessScope': {'type': scope['Type'], 'namespaces': list(scope.get('Namespaces') or [])},
        }))


def _access_entry_attributes(props):
    return f"{props['PrincipalArn']}|{props['ClusterName']}", {
        'AccessEntryArn': eks._access_entry_arn(props['ClusterName'], props['PrincipalArn']),
    }


def _create_access_entry(_logical_id, props, _stack_name):
    _answer(eks._create_access_entry(props['ClusterName'], _access_entry_body(props)))
    _associate_policies(props)
    return _access_entry_attributes(props)


def _update_access_entry(physical_id, old, new, stack_name):
    if (old['ClusterName'], old['PrincipalArn']) != (new['ClusterName'], new['PrincipalArn']):
        created = _create_access_entry(None, new, stack_name)
        _delete_access_entry(physical_id, old)
        return created
    _answer(eks._update_access_entry(new['ClusterName'], new['PrincipalArn'], _access_entry_body(new)))
    kept = {policy['PolicyArn'] for policy in new.get('AccessPolicies') or []}
    for policy in old.get('AccessPolicies') or []:
        if policy['PolicyArn'] not in kept:
            _answer(eks._disassociate_access_policy(new['ClusterName'], new['PrincipalArn'], policy['PolicyArn']))
    _associate_policies(new)
    return _access_entry_attributes(new)


def _delete_access_entry(_physical_id, props):
    response = eks._delete_access_entry(props['ClusterName'], props['PrincipalArn'])
    if response[0] != 404:
        _answer(response)


def _register_types():
    provisioners._RESOURCE_HANDLERS['AWS::EKS::AccessEntry'] = {
        'create': _create_access_entry, 'update': _update_access_entry, 'delete': _delete_access_entry,
    }
    for rule in ('AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress'):
        # Nothing here filters packets: the rule is accepted and has no effect.
        provisioners._RESOURCE_HANDLERS[rule] = {
            'create': lambda logical_id, _props, _stack_name: (f'sgr-{logical_id}', {'Id': f'sgr-{logical_id}'}),
            'delete': lambda _physical_id, _props: None,
        }


def _with_tags(function, props_index):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        name, attributes = function(*args, **kwargs)
        s3._bucket_tags[name] = {tag['Key']: tag['Value'] for tag in args[props_index].get('Tags') or []}
        return name, attributes

    return wrapper


def _tag_buckets():
    handler = provisioners._RESOURCE_HANDLERS['AWS::S3::Bucket']
    handler['create'] = _with_tags(handler['create'], 1)
    handler['update'] = _with_tags(handler['update'], 2)


def _roll_back_as_cloudformation():
    """Puts right what the emulator's rollback does otherwise.

    * A custom resource whose Create failed gets a Delete; where that fails too, the stack ends ROLLBACK_FAILED and still holds it.
    * A resource that a rollback could not take back is UPDATE_FAILED with the reason, until it could or is skipped.
    """
    deliver, invoke = custom_resource.deliver_response, custom_resource.invoke_custom_resource
    roll_back, revert, go_on = stacks._roll_back_operation, stacks._revert_update, stacks._continue_update_rollback_async
    answered, failed_creates = {}, {}

    def deliver_response(token, response):
        if response.get('Status') == 'FAILED':
            answered[response.get('StackId'), response.get('LogicalResourceId')] = response.get('PhysicalResourceId')
        return deliver(token, response)

    def invoke_custom_resource(request_type, logical_id, props, stack_name, stack_id, resource_type, **more):
        answered.pop((stack_id, logical_id), None)
        try:
            return invoke(request_type, logical_id, props, stack_name, stack_id, resource_type, **more)
        except RuntimeError:
            physical_id = answered.pop((stack_id, logical_id), None)
            if request_type == 'Create' and physical_id:
                failed_creates[stack_id, logical_id] = {
                    'LogicalResourceId': logical_id, 'PhysicalResourceId': physical_id, 'ResourceType': resource_type, 'Properties': props,
                }
            raise

    async def roll_back_operation(stack_name, stack_id, stack, operation, *more, **options):
        record = failed_creates.pop((stack_id, operation.get('failed_logical_id')), None)
        if record:
            stack.setdefault('_resources', {})[record['LogicalResourceId']] = {**record, **_last_failure(stack_id, record['LogicalResourceId'])}
            operation['created'].append(record['LogicalResourceId'])
        await roll_back(stack_name, stack_id, stack, operation, *more, **options)
        if stack['StackStatus'] == 'ROLLBACK_FAILED':
            # Its deletion tries them again.
            for logical_id, left in stack['_rollback_failed'].items():
                stack['_resources'][logical_id] = {**left, 'LogicalResourceId': logical_id, **_last_failure(stack_id, logical_id)}

    async def revert_update(stack_id, stack_name, logical_id, rtype, physical_id, applied, previous, attrs, record=None):
        try:
            await revert(stack_id, stack_name, logical_id, rtype, physical_id, applied, previous, attrs, record)
        except Exception:
            if record is not None:
                record.update(_last_failure(stack_id, logical_id))
            raise
        if record is not None:
            record.pop('ResourceStatusReason', None)

    async def continue_update_rollback(stack_name, stack_id, resources_to_skip):
        for logical_id in resources_to_skip:
            record = cloudformation._stacks[stack_name]['_resources'].get(logical_id)
            if record is not None:
                stacks._mark_rolled_back(record)
                record.pop('ResourceStatusReason', None)
        await go_on(stack_name, stack_id, resources_to_skip)

    custom_resource.deliver_response = deliver_response
    custom_resource.invoke_custom_resource = invoke_custom_resource
    stacks._revert_update = revert_update
    stacks._roll_back_operation = handlers._roll_back_operation = roll_back_operation
    handlers._continue_update_rollback_async = continue_update_rollback


def _last_failure(stack_id, logical_id):
    event = next(event for event in reversed(cloudformation._stack_events[stack_id])
                 if event['LogicalResourceId'] == logical_id and event['ResourceStatus'].endswith('_FAILED'))
    return {key: event[key] for key in ('ResourceStatus', 'ResourceStatusReason', 'Timestamp')}


def _refuse_change_sets_of_stuck_stacks():
    create = handlers._ACTION_HANDLERS['CreateChangeSet']

    def create_change_set(params):
        stack = handlers._resolve_stack(handlers._p(params, 'StackName'))
        if stack and stack.get('StackStatus') in ('UPDATE_ROLLBACK_FAILED', 'ROLLBACK_FAILED', 'DELETE_FAILED'):
            return handlers._error('ValidationError', f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.")
        return create(params)

    handlers._ACTION_HANDLERS['CreateChangeSet'] = create_change_set


def _list_reasons_of_resources():
    list_resources = handlers._ACTION_HANDLERS['ListStackResources']

    def list_stack_resources(params):
        code, headers, body = list_resources(params)
        stack = handlers._resolve_stack(handlers._p(params, 'StackName'))
        for logical_id, record in (stack or {}).get('_resources', {}).items():
            element = f'<LogicalResourceId>{handlers._esc(logical_id)}</LogicalResourceId>'.encode()
            body = body.replace(element, element + handlers._resource_status_reason_xml(record).encode())
        return code, headers, body

    handlers._ACTION_HANDLERS['ListStackResources'] = list_stack_resources


eks._reconcile_access_policy_rbac = _reconcile_access_policies
_check_identities()
_keep_https_to_api_server()
_serve_own_cluster()
_register_types()
_tag_buckets()
_roll_back_as_cloudformation()
_refuse_change_sets_of_stuck_stacks()
_list_reasons_of_resources()

if __name__ == '__main__':
    # The only argument names the run this process belongs to, for whoever looks at the process table.
    del sys.argv[1:]
    app.main()
