import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import workers.kernel.constraints
import workers.kernel.encryption
import workers.kernel.ids
import workers.kernel.trace
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Email',
            fields=[
                ('status', models.PositiveSmallIntegerField(choices=[(0, 'Ready'), (1, 'Done'), (2, 'Parked'), (9, 'Dead')], default=0)),
                ('due_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('last_error', models.TextField(blank=True, default='')),
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=200, unique=True)),
                ('template', models.CharField(max_length=100)),
                ('kind', models.CharField(blank=True, default='', max_length=20)),
                ('address_hash', models.CharField(blank=True, default='', max_length=64)),
                ('reader_id', models.UUIDField(null=True)),
                ('message', workers.kernel.encryption.EncryptedJSONField()),
                ('drop_after', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('provider_status', models.CharField(blank=True, default='', max_length=20)),
                ('begun_at', models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow())),
                ('trace', models.CharField(blank=True, default=workers.kernel.trace.current_trace, max_length=32)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 0)), fields=['due_at', 'id'], name='email_due'), models.Index(condition=models.Q(('status__in', (2, 9))), fields=['status', 'id'], name='email_stuck'), models.Index(condition=models.Q(('reader_id__isnull', False), ('status', 0)), fields=['reader_id'], name='email_of_reader')],
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, name='email_storage'), workers.kernel.constraints.RowAccess(grants='insert', name='email_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='email_for_hr', role='act_hr', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='email_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='insert, select, update (status, due_at, lease_until, attempts, last_error), delete', name='email_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update, delete', name='email_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('owner_id', models.UUIDField()),
                ('url', models.URLField(max_length=500)),
                ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('disabled', 'Disabled')], default='active', max_length=10)),
                ('disabled_reason', models.CharField(blank=True, default='', max_length=200)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None)),
                ('ordered', models.BooleanField(default=False)),
                ('signing', models.CharField(choices=[('hmac', 'Hmac'), ('ed25519', 'Ed25519')], default='hmac', max_length=10)),
                ('rate_per_s', models.PositiveSmallIntegerField(null=True)),
                ('max_inflight', models.PositiveSmallIntegerField(default=10)),
                ('failing_since', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('breaker_until', models.DateTimeField(null=True)),
                ('paced_until', models.DateTimeField(null=True)),
                ('claims', models.BigIntegerField(default=0)),
                ('claimed_at', models.DateTimeField(null=True)),
                ('under_way', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('owner_id', 'url'), name='endpoint_url_once'), models.UniqueConstraint(fields=('id', 'owner_id'), name='endpoint_of_owner'), models.CheckConstraint(condition=models.Q(('state__in', ['active', 'paused', 'disabled'])), name='endpoint_state'), models.CheckConstraint(condition=models.Q(('signing__in', ['hmac', 'ed25519'])), name='endpoint_signing'), models.CheckConstraint(condition=models.Q(('max_inflight__gte', 1)), name='endpoint_max_inflight'), models.CheckConstraint(condition=models.Q(('rate_per_s__isnull', True), ('rate_per_s__gte', 1), _connector='OR'), name='endpoint_rate'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, state, disabled_reason, events, ordered, failing_since, failures, breaker_until)', name='endpoint_for_clinic', role='act_clinic', rows='owner_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='endpoint_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='endpoint_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('owner_id', models.UUIDField()),
                ('event_id', models.UUIDField()),
                ('message_id', models.UUIDField(default=workers.kernel.ids.new_id)),
                ('replay_no', models.PositiveSmallIntegerField(default=0)),
                ('type', models.CharField(max_length=60)),
                ('ordering_key', models.UUIDField(null=True)),
                ('seq', models.BigIntegerField(db_default=0)),
                ('body', workers.kernel.encryption.EncryptedJSONField()),
                ('trace', models.CharField(blank=True, default=workers.kernel.trace.current_trace, max_length=32)),
                ('created_at', models.DateTimeField()),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='workers.endpoint')),
            ],
            options={
                'indexes': [models.Index(fields=['owner_id', 'id'], name='delivery_list')],
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, name='delivery_storage'), models.UniqueConstraint(fields=('event_id', 'endpoint', 'type', 'replay_no'), name='delivery_once'), workers.kernel.constraints.TenantKey(fields=('endpoint_id', 'owner_id'), name='delivery_of_owner', to='workers_endpoint', to_fields=('id', 'owner_id')), workers.kernel.constraints.Numbered(column='seq', name='delivery_seq'), workers.kernel.constraints.Trigger(body="INSERT INTO workers_open_delivery (delivery_id, endpoint_id, owner_id, message_id, ordering_key, seq, status, due_at, attempts, last_error, earlier_attempts) SELECT id, endpoint_id, owner_id, message_id, ordering_key, seq, 0, created_at, 0, '', 0 FROM queued; RETURN NULL;", kind='', name='delivery_begins_open', on='AFTER INSERT ON {table} REFERENCING NEW TABLE AS queued FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="EXECUTE 'DELETE FROM workers_open_delivery WHERE delivery_id IN (SELECT id FROM gone)'; EXECUTE 'DELETE FROM workers_delivery_attempt WHERE delivery_id IN (SELECT id FROM gone)'; RETURN NULL;", kind='', name='delivery_takes_what_is_its_own', on='AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select, insert', name='delivery_for_clinic', role='act_clinic', rows='owner_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='delivery_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (created_at), delete', name='delivery_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='EndpointSecret',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('owner_id', models.UUIDField()),
                ('direction', models.CharField(choices=[('out', 'Out'), ('in', 'In')], max_length=3)),
                ('value', workers.kernel.encryption.EncryptedJSONField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to='workers.endpoint')),
            ],
            options={
                'db_table': 'workers_endpoint_secret',
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_until', None)), fields=('endpoint', 'direction'), name='endpoint_secret_current_once'), models.CheckConstraint(condition=models.Q(('direction__in', ['out', 'in'])), name='endpoint_secret_direction'), workers.kernel.constraints.TenantKey(fields=('endpoint_id', 'owner_id'), name='endpoint_secret_of_owner', to='workers_endpoint', to_fields=('id', 'owner_id')), workers.kernel.constraints.RowAccess(grants='select', name='endpoint_secret_for_auth', role='act_auth', rows="direction = 'in'"), workers.kernel.constraints.RowAccess(grants='insert, select (id, endpoint_id, owner_id, direction, valid_until), update (valid_until)', name='endpoint_secret_for_clinic', role='act_clinic', rows='owner_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='insert, select (id, endpoint_id, owner_id, direction, valid_until), update (valid_until)', name='endpoint_secret_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (valid_until), delete', name='endpoint_secret_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='EventRecord',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=100)),
                ('aggregate_type', models.CharField(max_length=60)),
                ('aggregate_id', models.UUIDField()),
                ('aggregate_version', models.PositiveIntegerField()),
                ('tenant_id', models.UUIDField(null=True)),
                ('occurred_at', models.DateTimeField()),
                ('data', models.JSONField()),
                ('trace', models.CharField(blank=True, default=workers.kernel.trace.trace_or_new, max_length=32)),
            ],
            options={
                'db_table': 'workers_event',
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, name='event_storage'), models.UniqueConstraint(fields=('aggregate_type', 'aggregate_id', 'aggregate_version'), name='event_version_once'), workers.kernel.constraints.RowAccess(grants='insert', name='event_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='event_for_hr', role='act_hr', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='event_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='event_for_clinic', role='act_clinic', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='event_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (trace), delete', name='event_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('lane', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [workers.kernel.constraints.RowAccess(grants='select', name='heartbeat_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='heartbeat_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('user_id', models.UUIDField()),
                ('route', models.CharField(max_length=200)),
                ('key', models.CharField(max_length=200)),
                ('status_code', models.PositiveSmallIntegerField()),
                ('body', workers.kernel.encryption.EncryptedJSONField()),
                ('content_type', models.CharField(max_length=100)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, name='idempotency_storage'), models.UniqueConstraint(fields=('user_id', 'route', 'key'), name='idempotency_key_once'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='idempotency_for_hr', role='act_hr', rows='user_id = {user}'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='idempotency_for_employee', role='act_employee', rows='user_id = {user}'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='idempotency_for_clinic', role='act_clinic', rows='user_id = {user}'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='idempotency_for_operator', role='act_operator', rows='user_id = {user}'), workers.kernel.constraints.RowAccess(grants='select, update (created_at), delete', name='idempotency_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Intervention',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('user_id', models.UUIDField(null=True)),
                ('action', models.CharField(max_length=20)),
                ('queue', models.CharField(max_length=20)),
                ('rows', models.PositiveIntegerField()),
                ('chosen', models.JSONField()),
                ('why', models.CharField(blank=True, max_length=200)),
                ('trace', models.CharField(blank=True, default=workers.kernel.trace.current_trace, max_length=32)),
            ],
            options={
                'constraints': [workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'intervention is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='intervention_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'intervention is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='intervention_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select, insert', name='intervention_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='intervention_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('status', models.PositiveSmallIntegerField(choices=[(0, 'Ready'), (1, 'Done'), (2, 'Parked'), (9, 'Dead')], default=0)),
                ('due_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('last_error', models.TextField(blank=True, default='')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('lane', models.CharField(max_length=20)),
                ('consumer', models.CharField(max_length=100)),
                ('ordering_key', models.UUIDField()),
                ('seq', models.PositiveIntegerField()),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='jobs', to='workers.eventrecord')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 0)), fields=['lane', 'due_at', 'id'], name='job_due'), models.Index(fields=['consumer', 'ordering_key', 'seq'], name='job_order'), models.Index(condition=models.Q(('status__in', (2, 9))), fields=['status', 'id'], include=('lane', 'consumer'), name='job_stuck')],
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, name='job_storage'), models.UniqueConstraint(fields=('event', 'consumer'), name='job_once'), workers.kernel.constraints.RowAccess(grants='insert', name='job_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='job_for_hr', role='act_hr', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='job_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='job_for_clinic', role='act_clinic', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update, delete', name='job_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update, delete', name='job_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ReaderGone',
            fields=[
                ('reader_id', models.UUIDField(primary_key=True, serialize=False)),
                ('heard_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'workers_reader_gone',
                'constraints': [workers.kernel.constraints.RowAccess(grants='select, insert, update (heard_at)', name='reader_gone_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('source', models.CharField(max_length=20)),
                ('message_id', models.CharField(max_length=200)),
                ('sender_id', models.UUIDField(null=True)),
                ('body', workers.kernel.encryption.EncryptedJSONField()),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, name='receipt_storage'), models.UniqueConstraint(fields=('source', 'sender_id', 'message_id'), name='receipt_once', nulls_distinct=False), workers.kernel.constraints.RowAccess(grants='select, insert, update (version)', name='receipt_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='receipt_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version), delete', name='receipt_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='StoppedAddress',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('address_hash', models.CharField(max_length=64)),
                ('address', workers.kernel.encryption.EncryptedJSONField()),
                ('reason', models.CharField(choices=[('bounced', 'Bounced'), ('complained', 'Complained')], max_length=10)),
                ('stopped_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
                ('released_by', models.UUIDField(null=True)),
                ('release_reason', models.CharField(blank=True, default='', max_length=300)),
            ],
            options={
                'db_table': 'workers_stopped_address',
                'constraints': [models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('address_hash',), name='stopped_address_once'), models.CheckConstraint(condition=models.Q(('reason__in', ['bounced', 'complained'])), name='stopped_address_reason_known'), models.CheckConstraint(condition=models.Q(models.Q(('release_reason', ''), ('released_at', None), ('released_by', None)), models.Q(('released_at__isnull', False), ('released_by__isnull', False), models.Q(('release_reason', ''), _negated=True)), _connector='OR'), name='stopped_address_released_by_somebody'), workers.kernel.constraints.RowAccess(grants='select, update (released_at, released_by, release_reason, version)', name='stopped_address_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version)', name='stopped_address_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Timer',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=100)),
                ('subject_type', models.CharField(max_length=60)),
                ('subject_id', models.UUIDField()),
                ('generation', models.PositiveIntegerField(default=0)),
                ('tenant_id', models.UUIDField(null=True)),
                ('due_at', models.DateTimeField()),
                ('wall_time', models.CharField(blank=True, default='', max_length=26)),
                ('zone', models.CharField(blank=True, default='', max_length=60)),
                ('payload', models.JSONField()),
                ('trace', models.CharField(blank=True, default=workers.kernel.trace.trace_or_new, max_length=32)),
            ],
            options={
                'indexes': [models.Index(fields=['due_at', 'id'], name='timer_due'), models.Index(condition=models.Q(('zone', ''), _negated=True), fields=['zone', 'wall_time'], name='timer_wall_time')],
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, name='timer_storage'), models.UniqueConstraint(fields=('kind', 'subject_type', 'subject_id', 'generation'), name='timer_once'), workers.kernel.constraints.RowAccess(grants='insert', name='timer_for_hr', role='act_hr', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='timer_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='timer_for_clinic', role='act_clinic', rows='true'), workers.kernel.constraints.RowAccess(grants='insert', name='timer_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='timer_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (due_at), delete', name='timer_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Unsubscription',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('address_hash', models.CharField(max_length=64)),
                ('kind', models.CharField(max_length=20)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('address_hash', 'kind'), name='unsubscription_once'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='unsubscription_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='unsubscription_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='unsubscription_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='OpenDelivery',
            fields=[
                ('status', models.PositiveSmallIntegerField(choices=[(0, 'Ready'), (1, 'Done'), (2, 'Parked'), (9, 'Dead')], default=0)),
                ('due_at', models.DateTimeField()),
                ('lease_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('last_error', models.TextField(blank=True, default='')),
                ('delivery', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='open', serialize=False, to='workers.delivery')),
                ('owner_id', models.UUIDField()),
                ('message_id', models.UUIDField()),
                ('ordering_key', models.UUIDField(null=True)),
                ('seq', models.BigIntegerField()),
                ('earlier_attempts', models.PositiveSmallIntegerField(default=0)),
                ('endpoint', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='open_deliveries', to='workers.endpoint')),
            ],
            options={
                'db_table': 'workers_open_delivery',
                'indexes': [models.Index(condition=models.Q(('status', 0)), fields=['endpoint', 'due_at', 'delivery'], name='delivery_due'), models.Index(condition=models.Q(('status__in', (2, 9))), fields=['status', 'delivery'], name='delivery_stuck'), models.Index(condition=models.Q(('ordering_key__isnull', False), ('status', 0)), fields=['endpoint', 'ordering_key', 'seq'], name='delivery_order')],
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, fillfactor=50, name='open_delivery_storage'), models.CheckConstraint(condition=models.Q(('status', 1), _negated=True), name='open_delivery_status'), models.UniqueConstraint(condition=models.Q(('status', 0)), fields=('endpoint', 'message_id'), name='delivery_open_once'), workers.kernel.constraints.RowAccess(grants='select, insert', name='open_delivery_for_clinic', role='act_clinic', rows='owner_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, update, delete', name='open_delivery_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update, delete', name='open_delivery_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('owner_id', models.UUIDField()),
                ('number', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('status_code', models.PositiveSmallIntegerField(null=True)),
                ('error_class', models.CharField(blank=True, default='', max_length=60)),
                ('duration_ms', models.PositiveIntegerField()),
                ('ip', models.GenericIPAddressField(null=True)),
                ('response_snippet', workers.kernel.encryption.EncryptedJSONField(null=True)),
                ('delivery', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='tries', to='workers.delivery')),
            ],
            options={
                'db_table': 'workers_delivery_attempt',
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, name='attempt_storage'), models.UniqueConstraint(fields=('delivery', 'number'), name='attempt_number_once'), workers.kernel.constraints.RowAccess(grants='select', name='attempt_for_clinic', role='act_clinic', rows='owner_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, delete', name='attempt_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (at), delete', name='attempt_for_worker', role='act_worker', rows='true')],
            },
        ),
    ]
