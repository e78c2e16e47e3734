import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.constraints
import django.db.models.deletion
import referrals.clinic_access.rules
import referrals.clinic_updates.rules
import referrals.clinics.models.clinics
import referrals.clinics.models.hours
import referrals.clinics.rules.codes
import referrals.clinics.rules.standing
import referrals.courses.rules.history
import referrals.courses.rules.states
import referrals.npi_registry.rules.layout
import referrals.offers.rules
import referrals.requests.rules
import referrals.sandbox.rules
import referrals.screening.rules.consents
import referrals.screening.rules.questionnaires
import referrals.screening.rules.reads
import referrals.stories.rules
import workers.kernel.constraints
import workers.kernel.encryption
import workers.kernel.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ApiClient',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('kind', models.CharField(choices=[(referrals.clinic_access.rules.Kind['CLIENT'], referrals.clinic_access.rules.Kind['CLIENT']), (referrals.clinic_access.rules.Kind['KEY'], referrals.clinic_access.rules.Kind['KEY'])], max_length=10)),
                ('name', models.CharField(max_length=80)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ('requests_per_minute', models.PositiveIntegerField(default=600)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'referrals_api_client',
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', [referrals.clinic_access.rules.Kind['CLIENT'], referrals.clinic_access.rules.Kind['KEY']])), name='api_client_kind'), models.CheckConstraint(condition=models.Q(('scopes__contained_by', [referrals.clinic_access.rules.Scope['OFFERS_READ'], referrals.clinic_access.rules.Scope['OFFERS_ANSWER'], referrals.clinic_access.rules.Scope['REFERRALS_READ'], referrals.clinic_access.rules.Scope['SESSIONS_READ'], referrals.clinic_access.rules.Scope['SESSIONS_WRITE'], referrals.clinic_access.rules.Scope['CAPACITY_WRITE'], referrals.clinic_access.rules.Scope['PRICES_WRITE'], referrals.clinic_access.rules.Scope['ENDPOINTS_MANAGE'], referrals.clinic_access.rules.Scope['DELIVERIES_READ'], referrals.clinic_access.rules.Scope['DELIVERIES_REPLAY'], referrals.clinic_access.rules.Scope['SANDBOX_USE']]), models.Q(('scopes', []), _negated=True)), name='api_client_scopes'), models.CheckConstraint(condition=models.Q(('requests_per_minute__gte', 1)), name='api_client_rate'), workers.kernel.constraints.RowAccess(grants='select, update (last_used_at)', name='api_client_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, revoked_at)', name='api_client_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, revoked_at)', name='api_client_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='api_client_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Clinic',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('name', models.CharField(max_length=200)),
                ('npi', models.CharField(max_length=10, unique=True)),
                ('taxonomy', models.CharField(blank=True, default='', max_length=10)),
                ('street', models.CharField(max_length=200)),
                ('city', models.CharField(max_length=100)),
                ('state', models.CharField(max_length=2)),
                ('postal_code', models.CharField(max_length=5)),
                ('latitude', models.FloatField()),
                ('longitude', models.FloatField()),
                ('timezone', models.CharField(max_length=64)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('routes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('protocols', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('conditions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('formats', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('states_served', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), size=None)),
                ('therapist_genders', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ('trauma_informed', models.BooleanField(default=False)),
                ('telehealth_preparation', models.BooleanField(default=False)),
                ('telehealth_integration', models.BooleanField(default=False)),
                ('offers_sliding_scale', models.BooleanField(default=False)),
                ('open_slots', models.PositiveIntegerField()),
                ('accepts_from', models.DateField(null=True)),
                ('kap_training_hours', models.PositiveIntegerField()),
                ('sessions_facilitated', models.PositiveIntegerField()),
                ('has_medical_overseer', models.BooleanField()),
                ('medical_overseer', models.CharField(blank=True, default='', max_length=200)),
                ('medical_overseer_npi', models.CharField(blank=True, default='', max_length=10)),
                ('credentials_valid_until', models.DateField(null=True)),
                ('status', models.CharField(choices=[(referrals.clinics.rules.standing.ClinicStatus['ACTIVE'], referrals.clinics.rules.standing.ClinicStatus['ACTIVE']), (referrals.clinics.rules.standing.ClinicStatus['SUSPENDED'], referrals.clinics.rules.standing.ClinicStatus['SUSPENDED']), (referrals.clinics.rules.standing.ClinicStatus['ARCHIVED'], referrals.clinics.rules.standing.ClinicStatus['ARCHIVED'])], default=referrals.clinics.rules.standing.ClinicStatus['ACTIVE'], max_length=10)),
                ('suspended_at', models.DateTimeField(null=True)),
                ('signed_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', referrals.clinics.rules.standing.ClinicStatus['ACTIVE'])), fields=['latitude', 'longitude'], name='clinic_place'), django.contrib.postgres.indexes.GistIndex(referrals.clinics.models.clinics.OnSphere(), condition=models.Q(('status', referrals.clinics.rules.standing.ClinicStatus['ACTIVE'])), name='clinic_nearest'), django.contrib.postgres.indexes.GinIndex(fields=['name'], name='clinic_name_like', opclasses=['gin_trgm_ops'])],
                'constraints': [models.CheckConstraint(condition=models.Q(referrals.clinics.models.clinics.NpiFits(models.F('npi'))), name='clinic_npi_fits'), models.CheckConstraint(condition=models.Q(('taxonomy__regex', '^([0-9A-Z]{9}X)?$')), name='clinic_taxonomy_form'), models.CheckConstraint(condition=models.Q(('has_medical_overseer', True), models.Q(('medical_overseer', ''), ('medical_overseer_npi', '')), _connector='OR'), name='clinic_overseer_is_named_when_there_is_one'), models.CheckConstraint(condition=models.Q(('medical_overseer_npi', ''), referrals.clinics.models.clinics.NpiFits(models.F('medical_overseer_npi')), _connector='OR'), name='clinic_overseer_npi_fits'), models.CheckConstraint(condition=models.Q(('open_slots__gte', 0)), name='clinic_slots_not_negative'), models.CheckConstraint(condition=models.Q(('status__in', [referrals.clinics.rules.standing.ClinicStatus['ACTIVE'], referrals.clinics.rules.standing.ClinicStatus['SUSPENDED'], referrals.clinics.rules.standing.ClinicStatus['ARCHIVED']])), name='clinic_status_known'), models.CheckConstraint(condition=models.Q(('latitude__range', (-15.0, 72.0)), models.Q(('longitude__range', (-180.0, -64.0)), ('longitude__range', (144.0, 180.0)), _connector='OR')), name='clinic_is_in_the_us'), models.CheckConstraint(condition=models.Q(('routes__contained_by', [referrals.clinics.rules.codes.Route['IV'], referrals.clinics.rules.codes.Route['IM'], referrals.clinics.rules.codes.Route['SUBLINGUAL'], referrals.clinics.rules.codes.Route['NASAL']])), name='clinic_routes_known'), models.CheckConstraint(condition=models.Q(('protocols__contained_by', [referrals.clinics.rules.codes.Protocol['CONCURRENT'], referrals.clinics.rules.codes.Protocol['SEPARATED'], referrals.clinics.rules.codes.Protocol['SEQUENTIAL']])), name='clinic_protocols_known'), models.CheckConstraint(condition=models.Q(('formats__contained_by', [referrals.clinics.rules.codes.Format['INDIVIDUAL'], referrals.clinics.rules.codes.Format['GROUP']])), name='clinic_formats_known'), models.CheckConstraint(condition=models.Q(('therapist_genders__contained_by', [referrals.clinics.rules.codes.Gender['FEMALE'], referrals.clinics.rules.codes.Gender['MALE'], referrals.clinics.rules.codes.Gender['NON_BINARY']])), name='clinic_genders_known'), workers.kernel.constraints.RowAccess(grants='select', name='clinic_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='clinic_for_clinic', role='act_clinic', rows='id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='clinic_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (open_slots, accepts_from, status, suspended_at, version)', name='clinic_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Course',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('member_id', models.UUIDField()),
                ('clinic_id', models.UUIDField()),
                ('request_id', models.UUIDField(unique=True)),
                ('offer_id', models.UUIDField(unique=True)),
                ('protocol', models.CharField(max_length=40)),
                ('protocol_version', models.PositiveSmallIntegerField()),
                ('window', models.CharField(blank=True, default='', max_length=40)),
                ('route', models.CharField(max_length=20)),
                ('format', models.CharField(max_length=20)),
                ('therapist', models.CharField(blank=True, default='', max_length=40)),
                ('times', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('status', models.CharField(choices=[(referrals.courses.rules.states.CourseStatus['PLANNED'], referrals.courses.rules.states.CourseStatus['PLANNED']), (referrals.courses.rules.states.CourseStatus['ACTIVE'], referrals.courses.rules.states.CourseStatus['ACTIVE']), (referrals.courses.rules.states.CourseStatus['COMPLETED'], referrals.courses.rules.states.CourseStatus['COMPLETED']), (referrals.courses.rules.states.CourseStatus['CANCELLED'], referrals.courses.rules.states.CourseStatus['CANCELLED'])], default=referrals.courses.rules.states.CourseStatus['PLANNED'], max_length=10)),
                ('planned_at', models.DateTimeField()),
                ('alarm', models.PositiveIntegerField(default=0)),
                ('stalled_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['member_id'], name='course_member'), models.Index(fields=['clinic_id', 'id'], name='course_clinic'), models.Index(condition=models.Q(('stalled_at__isnull', False)), fields=['stalled_at'], name='course_stalled')],
                'constraints': [workers.kernel.constraints.TenantKey(fields=('request_id', 'member_id'), name='course_of_own_request', to='referrals_request', to_fields=('id', 'member_id')), models.UniqueConstraint(fields=('id', 'member_id', 'clinic_id'), name='course_of_member_and_clinic'), models.CheckConstraint(condition=models.Q(('status__in', [referrals.courses.rules.states.CourseStatus['PLANNED'], referrals.courses.rules.states.CourseStatus['ACTIVE'], referrals.courses.rules.states.CourseStatus['COMPLETED'], referrals.courses.rules.states.CourseStatus['CANCELLED']])), name='course_status_known'), workers.kernel.constraints.RowAccess(grants='select', name='course_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select', name='course_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select', name='course_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (status, therapist, alarm, stalled_at, version)', name='course_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='RoutingDecision',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('chosen', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('policy_version', models.CharField(max_length=20)),
                ('widened', models.PositiveSmallIntegerField()),
                ('inputs', workers.kernel.encryption.EncryptedJSONField()),
                ('ranking', workers.kernel.encryption.EncryptedJSONField()),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'constraints': [workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'routingdecision is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='routingdecision_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'routingdecision is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='routingdecision_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select', name='routingdecision_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='routingdecision_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('member_id', models.UUIDField()),
                ('kind', models.CharField(choices=[(referrals.requests.rules.Kind['ASSISTED_THERAPY'], referrals.requests.rules.Kind['ASSISTED_THERAPY']), (referrals.requests.rules.Kind['INFUSION'], referrals.requests.rules.Kind['INFUSION'])], default=referrals.requests.rules.Kind['ASSISTED_THERAPY'], max_length=20)),
                ('preferences', workers.kernel.encryption.EncryptedJSONField()),
                ('revision', models.PositiveSmallIntegerField(default=1)),
                ('urgency', models.CharField(choices=[(referrals.requests.rules.Urgency['STANDARD'], referrals.requests.rules.Urgency['STANDARD']), (referrals.requests.rules.Urgency['URGENT'], referrals.requests.rules.Urgency['URGENT'])], default=referrals.requests.rules.Urgency['STANDARD'], max_length=10)),
                ('status', models.CharField(choices=[(referrals.requests.rules.RequestStatus['REVIEW'], referrals.requests.rules.RequestStatus['REVIEW']), (referrals.requests.rules.RequestStatus['OPEN'], referrals.requests.rules.RequestStatus['OPEN']), (referrals.requests.rules.RequestStatus['OFFERED'], referrals.requests.rules.RequestStatus['OFFERED']), (referrals.requests.rules.RequestStatus['UNPLACED'], referrals.requests.rules.RequestStatus['UNPLACED']), (referrals.requests.rules.RequestStatus['ACCEPTED'], referrals.requests.rules.RequestStatus['ACCEPTED']), (referrals.requests.rules.RequestStatus['COMPLETED'], referrals.requests.rules.RequestStatus['COMPLETED']), (referrals.requests.rules.RequestStatus['WITHDRAWN'], referrals.requests.rules.RequestStatus['WITHDRAWN']), (referrals.requests.rules.RequestStatus['MOVED'], referrals.requests.rules.RequestStatus['MOVED']), (referrals.requests.rules.RequestStatus['LAPSED'], referrals.requests.rules.RequestStatus['LAPSED'])], max_length=10)),
                ('clinic_id', models.UUIDField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('status_since', models.DateTimeField()),
                ('due_by', models.DateTimeField(null=True)),
                ('alarm', models.PositiveIntegerField(default=0)),
                ('escalation', models.PositiveSmallIntegerField(default=0)),
                ('previous', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='referrals.request')),
            ],
            options={
                'indexes': [models.Index(fields=['status', 'opened_at'], name='request_status'), models.Index(condition=models.Q(('status__in', (referrals.requests.rules.RequestStatus['REVIEW'], referrals.requests.rules.RequestStatus['UNPLACED']))), fields=['status_since'], name='request_for_a_person')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', (referrals.requests.rules.RequestStatus['REVIEW'], referrals.requests.rules.RequestStatus['OPEN'], referrals.requests.rules.RequestStatus['OFFERED'], referrals.requests.rules.RequestStatus['UNPLACED'], referrals.requests.rules.RequestStatus['ACCEPTED']))), fields=('member_id', 'kind'), name='request_once_of_kind'), models.UniqueConstraint(fields=('id', 'member_id'), name='request_of_member'), models.CheckConstraint(condition=models.Q(('status__in', [referrals.requests.rules.RequestStatus['REVIEW'], referrals.requests.rules.RequestStatus['OPEN'], referrals.requests.rules.RequestStatus['OFFERED'], referrals.requests.rules.RequestStatus['UNPLACED'], referrals.requests.rules.RequestStatus['ACCEPTED'], referrals.requests.rules.RequestStatus['COMPLETED'], referrals.requests.rules.RequestStatus['WITHDRAWN'], referrals.requests.rules.RequestStatus['MOVED'], referrals.requests.rules.RequestStatus['LAPSED']])), name='request_status_known'), models.CheckConstraint(condition=models.Q(('kind__in', [referrals.requests.rules.Kind['ASSISTED_THERAPY'], referrals.requests.rules.Kind['INFUSION']])), name='request_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('clinic_id__isnull', False), ('status__in', (referrals.requests.rules.RequestStatus['ACCEPTED'], referrals.requests.rules.RequestStatus['COMPLETED'], referrals.requests.rules.RequestStatus['MOVED']))), ('status', referrals.requests.rules.RequestStatus['WITHDRAWN']), models.Q(('clinic_id', None), ('status__in', [referrals.requests.rules.RequestStatus['REVIEW'], referrals.requests.rules.RequestStatus['OPEN'], referrals.requests.rules.RequestStatus['OFFERED'], referrals.requests.rules.RequestStatus['UNPLACED'], referrals.requests.rules.RequestStatus['LAPSED']])), _connector='OR'), name='request_clinic_when_accepted'), workers.kernel.constraints.Trigger(body="IF TG_OP = 'INSERT' THEN IF (NEW.status) NOT IN (('open'), ('review')) THEN RAISE EXCEPTION 'request does not begin as %', NEW.status USING ERRCODE = 'check_violation'; END IF; ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (('accepted', 'completed'), ('accepted', 'moved'), ('accepted', 'withdrawn'), ('offered', 'accepted'), ('offered', 'lapsed'), ('offered', 'open'), ('offered', 'withdrawn'), ('open', 'accepted'), ('open', 'lapsed'), ('open', 'offered'), ('open', 'unplaced'), ('open', 'withdrawn'), ('review', 'lapsed'), ('review', 'open'), ('review', 'withdrawn'), ('unplaced', 'accepted'), ('unplaced', 'lapsed'), ('unplaced', 'open'), ('unplaced', 'withdrawn')) THEN RAISE EXCEPTION 'request does not move from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation'; END IF; RETURN NEW;", kind='', name='request_moves', on='BEFORE INSERT OR UPDATE OF status ON {table} FOR EACH ROW'), workers.kernel.constraints.TenantKey(fields=('previous_id', 'member_id'), name='request_after_own_request', to='referrals_request', to_fields=('id', 'member_id')), workers.kernel.constraints.RowAccess(grants='select, insert, update (preferences, revision, status, status_since, due_by, alarm, escalation, version)', name='request_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select', name='request_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, update (urgency, status, status_since, due_by, alarm, escalation, version)', name='request_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (clinic_id, urgency, status, status_since, due_by, alarm, escalation, version)', name='request_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ClientSecret',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('clinic_id', models.UUIDField()),
                ('hash', models.CharField(max_length=64, unique=True)),
                ('hint', models.CharField(max_length=8)),
                ('created_at', models.DateTimeField()),
                ('valid_until', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(null=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='secrets', to='referrals.apiclient')),
            ],
            options={
                'db_table': 'referrals_client_secret',
                'constraints': [models.UniqueConstraint(condition=models.Q(('valid_until', None)), fields=('client',), name='client_secret_current_once'), workers.kernel.constraints.TenantKey(fields=('client_id', 'clinic_id'), name='client_secret_of_clinic', to='referrals_api_client', to_fields=('id', 'clinic_id')), workers.kernel.constraints.RowAccess(grants='select, update (last_used_at)', name='client_secret_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='insert, select (id, client_id, clinic_id, hint, created_at, valid_until, last_used_at), update (valid_until)', name='client_secret_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='insert, select (id, client_id, clinic_id, hint, created_at, valid_until, last_used_at), update (valid_until)', name='client_secret_for_operator', role='act_operator', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('hash', models.CharField(max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='referrals.apiclient')),
                ('secret', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tokens', to='referrals.clientsecret')),
            ],
            options={
                'db_table': 'referrals_access_token',
                'constraints': [workers.kernel.constraints.RowAccess(grants='select, insert, update (expires_at), delete', name='access_token_for_auth', role='act_auth', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ClinicRecord',
            fields=[
                ('clinic', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='routing_record', serialize=False, to='referrals.clinic')),
                ('open_offers', models.PositiveIntegerField(default=0)),
                ('offers', models.PositiveIntegerField(default=0)),
                ('acceptances', models.PositiveIntegerField(default=0)),
                ('declines', models.PositiveIntegerField(default=0)),
                ('silences', models.PositiveIntegerField(default=0)),
                ('answer_seconds', models.PositiveBigIntegerField(default=0)),
                ('last_offered_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [workers.kernel.constraints.StorageSettings(autovacuum_analyze_scale_factor=0.02, autovacuum_vacuum_insert_scale_factor=0.05, autovacuum_vacuum_scale_factor=0.01, name='clinicrecord_storage'), workers.kernel.constraints.RowAccess(grants='select', name='clinicrecord_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='clinicrecord_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.AddField(
            model_name='apiclient',
            name='clinic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_clients', to='referrals.clinic'),
        ),
        migrations.CreateModel(
            name='ClinicCalendar',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('closed_on_holidays', models.BooleanField(default=True)),
                ('closures', models.JSONField(default=list)),
                ('therapists', models.JSONField(default=list)),
                ('windows', models.JSONField(default=dict)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('clinic', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='calendar', to='referrals.clinic')),
            ],
            options={
                'constraints': [workers.kernel.constraints.RowAccess(grants='select, insert, update', name='cliniccalendar_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='cliniccalendar_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='cliniccalendar_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ClinicCredential',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('kind', models.CharField(max_length=20)),
                ('identifier', models.CharField(blank=True, default='', max_length=60)),
                ('issuer', models.CharField(blank=True, default='', max_length=120)),
                ('state', models.CharField(blank=True, default='', max_length=2)),
                ('expires_on', models.DateField()),
                ('recorded_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credentials', to='referrals.clinic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('clinic', 'kind', 'identifier', 'state', 'expires_on'), name='credential_once'), models.CheckConstraint(condition=models.Q(('kind__in', [referrals.clinics.rules.standing.CredentialKind['STATE_LICENCE'], referrals.clinics.rules.standing.CredentialKind['DEA'], referrals.clinics.rules.standing.CredentialKind['MALPRACTICE'], referrals.clinics.rules.standing.CredentialKind['OTHER']])), name='credential_kind_known'), workers.kernel.constraints.RowAccess(grants='select', name='credential_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, update (withdrawn_at, version)', name='credential_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='credential_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ClinicFile',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('status', models.CharField(choices=[('staged', 'Staged'), ('applied', 'Applied')], default='staged', max_length=10)),
                ('rows', models.PositiveIntegerField()),
                ('error_count', models.PositiveIntegerField()),
                ('errors', models.JSONField()),
                ('diff', models.JSONField()),
                ('uploaded_by', models.UUIDField()),
                ('uploaded_at', models.DateTimeField()),
                ('applied_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [workers.kernel.constraints.RowAccess(grants='select, insert, update (version, status, diff, applied_at)', name='clinic_file_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='clinic_file_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ClinicHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField()),
                ('opens', models.TimeField()),
                ('closes', models.TimeField()),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hours', to='referrals.clinic')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('weekday__range', (1, 7))), name='hours_weekday_is_iso'), models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='hours_close_after_they_open'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('clinic', '='), ('weekday', '='), (models.Func(referrals.clinics.models.hours.Minutes('opens'), referrals.clinics.models.hours.Minutes('closes'), function='int4range'), '&&')], name='hours_do_not_overlap'), workers.kernel.constraints.RowAccess(grants='select', name='hours_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='hours_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='hours_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='hours_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ClinicPreparation',
            fields=[
                ('clinic_id', models.UUIDField(primary_key=True, serialize=False)),
                ('fasting_food_hours', models.PositiveSmallIntegerField(null=True)),
                ('fasting_drink_hours', models.PositiveSmallIntegerField(null=True)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'referrals_clinic_preparation',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('fasting_food_hours', None), ('fasting_food_hours__lte', 24), _connector='OR'), models.Q(('fasting_drink_hours', None), ('fasting_drink_hours__lte', 24), _connector='OR')), name='clinic_preparation_within_a_day'), workers.kernel.constraints.RowAccess(grants='select', name='clinic_preparation_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (fasting_food_hours, fasting_drink_hours, changed_at)', name='clinic_preparation_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, update (fasting_food_hours, fasting_drink_hours, changed_at)', name='clinic_preparation_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='clinic_preparation_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ClinicPrice',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=20)),
                ('route', models.CharField(max_length=20)),
                ('format', models.CharField(max_length=20)),
                ('cents', models.PositiveIntegerField()),
                ('effective_on', models.DateField()),
                ('ends_on', models.DateField(null=True)),
                ('clinic', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='referrals.clinic')),
            ],
            options={
                'indexes': [models.Index(fields=['clinic', 'kind'], name='clinicprice_of_kind')],
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('clinic', '='), ('kind', '='), ('route', '='), ('format', '='), (models.Func('effective_on', 'ends_on', function='daterange'), '&&')], name='clinic_price_one_at_a_time'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('effective_on')), _connector='OR'), name='clinic_price_ends_after_start'), models.CheckConstraint(condition=models.Q(('cents__range', (0, 10000000))), name='clinic_price_is_plausible'), models.CheckConstraint(condition=models.Q(('kind__in', [referrals.clinics.rules.codes.SessionKind['CONSULTATION'], referrals.clinics.rules.codes.SessionKind['PREPARATION'], referrals.clinics.rules.codes.SessionKind['DOSING'], referrals.clinics.rules.codes.SessionKind['INTEGRATION'], referrals.clinics.rules.codes.SessionKind['FOLLOW_UP']])), name='clinic_price_kind'), models.CheckConstraint(condition=models.Q(('route__in', [referrals.clinics.rules.codes.Route['IV'], referrals.clinics.rules.codes.Route['IM'], referrals.clinics.rules.codes.Route['SUBLINGUAL'], referrals.clinics.rules.codes.Route['NASAL']])), name='clinic_price_route'), models.CheckConstraint(condition=models.Q(('format__in', [referrals.clinics.rules.codes.Format['INDIVIDUAL'], referrals.clinics.rules.codes.Format['GROUP']])), name='clinic_price_format'), workers.kernel.constraints.RowAccess(grants='select', name='clinicprice_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (ends_on)', name='clinicprice_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, update (ends_on)', name='clinicprice_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='clinicprice_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ClinicUpdate',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[(referrals.clinic_updates.rules.Channel['WEBHOOK'], referrals.clinic_updates.rules.Channel['WEBHOOK']), (referrals.clinic_updates.rules.Channel['API'], referrals.clinic_updates.rules.Channel['API']), (referrals.clinic_updates.rules.Channel['LINK'], referrals.clinic_updates.rules.Channel['LINK']), (referrals.clinic_updates.rules.Channel['PORTAL'], referrals.clinic_updates.rules.Channel['PORTAL'])], default=referrals.clinic_updates.rules.Channel['WEBHOOK'], max_length=10)),
                ('receipt_id', models.UUIDField(null=True, unique=True)),
                ('clinic_id', models.UUIDField()),
                ('message_id', models.CharField(blank=True, default='', max_length=200)),
                ('type', models.CharField(max_length=40)),
                ('outcome', models.CharField(choices=[('applied', 'Applied'), ('refused', 'Refused')], max_length=10)),
                ('code', models.CharField(blank=True, default='', max_length=60)),
                ('state', models.CharField(blank=True, default='', max_length=20)),
                ('version', models.PositiveIntegerField(null=True)),
                ('written_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['clinic_id', 'id'], name='clinic_update_clinic'), models.Index(condition=models.Q(('outcome', 'applied'), ('type', 'capacity.updated')), fields=['clinic_id', '-written_at'], name='clinic_update_capacity')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('code', ''), ('outcome', 'applied')), models.Q(('outcome', 'refused'), models.Q(('code', ''), _negated=True)), _connector='OR'), name='clinic_update_refused_with_code'), models.CheckConstraint(condition=models.Q(models.Q(('channel', referrals.clinic_updates.rules.Channel['WEBHOOK']), ('receipt_id__isnull', False)), models.Q(models.Q(('channel', referrals.clinic_updates.rules.Channel['WEBHOOK']), _negated=True), ('receipt_id', None)), _connector='OR'), name='clinic_update_receipt_of_webhook'), workers.kernel.constraints.RowAccess(grants='select', name='clinic_update_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select', name='clinic_update_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='clinic_update_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('kind', models.CharField(choices=[(referrals.screening.rules.consents.ConsentKind['SCREENING'], referrals.screening.rules.consents.ConsentKind['SCREENING']), (referrals.screening.rules.consents.ConsentKind['CLINIC'], referrals.screening.rules.consents.ConsentKind['CLINIC']), (referrals.screening.rules.consents.ConsentKind['SUBSTANCE_USE'], referrals.screening.rules.consents.ConsentKind['SUBSTANCE_USE'])], max_length=20)),
                ('version', models.CharField(max_length=20)),
                ('language', models.CharField(max_length=2)),
                ('given_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ending', models.CharField(blank=True, choices=[(referrals.screening.rules.consents.Ending['WITHDRAWN'], referrals.screening.rules.consents.Ending['WITHDRAWN']), (referrals.screening.rules.consents.Ending['REPLACED'], referrals.screening.rules.consents.Ending['REPLACED'])], default='', max_length=10)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('id', 'member_id'), name='consent_of_member'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('member_id', 'kind'), name='consent_once'), models.CheckConstraint(condition=models.Q(('kind__in', [referrals.screening.rules.consents.ConsentKind['SCREENING'], referrals.screening.rules.consents.ConsentKind['CLINIC'], referrals.screening.rules.consents.ConsentKind['SUBSTANCE_USE']])), name='consent_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ending', '')), models.Q(('ended_at__isnull', False), ('ending__in', [referrals.screening.rules.consents.Ending['WITHDRAWN'], referrals.screening.rules.consents.Ending['REPLACED']])), _connector='OR'), name='consent_ended_for_a_reason'), models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('given_at'))), name='consent_expires_later'), workers.kernel.constraints.RowAccess(grants='select, insert, update (ended_at, ending)', name='consent_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select', name='consent_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='consent_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='MemberAvailability',
            fields=[
                ('member_id', models.UUIDField(primary_key=True, serialize=False)),
                ('timezone', models.CharField(max_length=64)),
                ('weekly', models.JSONField(default=list)),
                ('away', models.JSONField(default=list)),
                ('saved_at', models.DateTimeField()),
            ],
            options={
                'constraints': [workers.kernel.constraints.RowAccess(grants='select, insert, update', name='memberavailability_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select', name='memberavailability_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='MemberSearch',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reader_id', models.UUIDField()),
                ('reason', models.CharField(choices=[(referrals.stories.rules.LookReason['MEMBER_ASKED'], referrals.stories.rules.LookReason['MEMBER_ASKED']), (referrals.stories.rules.LookReason['COMPLAINT'], referrals.stories.rules.LookReason['COMPLAINT']), (referrals.stories.rules.LookReason['SAFETY'], referrals.stories.rules.LookReason['SAFETY']), (referrals.stories.rules.LookReason['REPAIR'], referrals.stories.rules.LookReason['REPAIR']), (referrals.stories.rules.LookReason['AUDIT'], referrals.stories.rules.LookReason['AUDIT'])], max_length=20)),
                ('words', workers.kernel.encryption.EncryptedJSONField()),
                ('sought', workers.kernel.encryption.EncryptedJSONField()),
                ('found', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', [referrals.stories.rules.LookReason['MEMBER_ASKED'], referrals.stories.rules.LookReason['COMPLAINT'], referrals.stories.rules.LookReason['SAFETY'], referrals.stories.rules.LookReason['REPAIR'], referrals.stories.rules.LookReason['AUDIT']])), name='membersearch_reason_known'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'membersearch is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='membersearch_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'membersearch is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='membersearch_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select, insert', name='membersearch_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='membersearch_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='NetworkGap',
            fields=[
                ('decision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='gap', serialize=False, to='referrals.routingdecision')),
                ('state', models.CharField(max_length=2)),
                ('zip3', models.CharField(max_length=3)),
                ('help', models.JSONField()),
                ('found_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['found_at'], name='networkgap_when')],
                'constraints': [workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'networkgap is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='networkgap_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'networkgap is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='networkgap_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select', name='networkgap_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='networkgap_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='NpiRecord',
            fields=[
                ('npi', models.CharField(max_length=10, primary_key=True, serialize=False)),
                ('entity_type', models.CharField(blank=True, max_length=12)),
                ('name', models.TextField(blank=True, default='')),
                ('credential', models.TextField(blank=True, default='')),
                ('street', models.TextField(blank=True, default='')),
                ('city', models.TextField(blank=True, default='')),
                ('state', models.TextField(blank=True, default='')),
                ('postal_code', models.TextField(blank=True, default='')),
                ('country', models.TextField(blank=True, default='')),
                ('phone', models.TextField(blank=True, default='')),
                ('primary_taxonomy', models.TextField(blank=True, default='')),
                ('licences', models.TextField(blank=True, default='')),
                ('taxonomies', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('enumerated_on', models.DateField(null=True)),
                ('updated_on', models.DateField(null=True)),
                ('deactivated_on', models.DateField(null=True)),
                ('reactivated_on', models.DateField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('npi__regex', '^[0-9]{10}$')), name='npirecord_ten_digits'), models.CheckConstraint(condition=models.Q(('entity_type__in', ['individual', 'organization']), models.Q(('deactivated_on__isnull', False), ('entity_type', '')), _connector='OR'), name='npirecord_somebody_or_deactivated'), workers.kernel.constraints.RowAccess(grants='select', name='npirecord_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='npirecord_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Offer',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('member_id', models.UUIDField()),
                ('revision', models.PositiveSmallIntegerField(default=1)),
                ('route', models.CharField(max_length=20)),
                ('protocol', models.CharField(max_length=20)),
                ('format', models.CharField(max_length=20)),
                ('summary', workers.kernel.encryption.EncryptedJSONField()),
                ('status', models.CharField(choices=[(referrals.offers.rules.OfferStatus['REQUESTED'], referrals.offers.rules.OfferStatus['REQUESTED']), (referrals.offers.rules.OfferStatus['RECEIVED'], referrals.offers.rules.OfferStatus['RECEIVED']), (referrals.offers.rules.OfferStatus['ACCEPTED'], referrals.offers.rules.OfferStatus['ACCEPTED']), (referrals.offers.rules.OfferStatus['REJECTED'], referrals.offers.rules.OfferStatus['REJECTED']), (referrals.offers.rules.OfferStatus['IN_PROGRESS'], referrals.offers.rules.OfferStatus['IN_PROGRESS']), (referrals.offers.rules.OfferStatus['COMPLETED'], referrals.offers.rules.OfferStatus['COMPLETED']), (referrals.offers.rules.OfferStatus['CANCELLED'], referrals.offers.rules.OfferStatus['CANCELLED']), (referrals.offers.rules.OfferStatus['FAILED'], referrals.offers.rules.OfferStatus['FAILED'])], default=referrals.offers.rules.OfferStatus['REQUESTED'], max_length=11)),
                ('moved_by', models.CharField(choices=[(referrals.offers.rules.Mover['CLINIC'], referrals.offers.rules.Mover['CLINIC']), (referrals.offers.rules.Mover['MEMBER'], referrals.offers.rules.Mover['MEMBER']), (referrals.offers.rules.Mover['OPERATOR'], referrals.offers.rules.Mover['OPERATOR']), (referrals.offers.rules.Mover['SYSTEM'], referrals.offers.rules.Mover['SYSTEM'])], default=referrals.offers.rules.Mover['SYSTEM'], max_length=8)),
                ('reason', models.CharField(blank=True, choices=[(referrals.offers.rules.Reason['NO_CAPACITY'], referrals.offers.rules.Reason['NO_CAPACITY']), (referrals.offers.rules.Reason['NOT_A_FIT'], referrals.offers.rules.Reason['NOT_A_FIT']), (referrals.offers.rules.Reason['OUT_OF_SCOPE'], referrals.offers.rules.Reason['OUT_OF_SCOPE']), (referrals.offers.rules.Reason['SCHEDULE'], referrals.offers.rules.Reason['SCHEDULE']), (referrals.offers.rules.Reason['LANGUAGE'], referrals.offers.rules.Reason['LANGUAGE']), (referrals.offers.rules.Reason['OTHER'], referrals.offers.rules.Reason['OTHER']), (referrals.offers.rules.Reason['NO_SLOT_LEFT'], referrals.offers.rules.Reason['NO_SLOT_LEFT']), (referrals.offers.rules.Reason['NO_ENDPOINT'], referrals.offers.rules.Reason['NO_ENDPOINT']), (referrals.offers.rules.Reason['NO_ANSWER'], referrals.offers.rules.Reason['NO_ANSWER']), (referrals.offers.rules.Reason['REQUEST_WITHDRAWN'], referrals.offers.rules.Reason['REQUEST_WITHDRAWN']), (referrals.offers.rules.Reason['WISHES_CHANGED'], referrals.offers.rules.Reason['WISHES_CHANGED']), (referrals.offers.rules.Reason['COVER_ENDED'], referrals.offers.rules.Reason['COVER_ENDED']), (referrals.offers.rules.Reason['TAKEN_BY_OTHER'], referrals.offers.rules.Reason['TAKEN_BY_OTHER']), (referrals.offers.rules.Reason['CLINIC_UNAVAILABLE'], referrals.offers.rules.Reason['CLINIC_UNAVAILABLE']), (referrals.offers.rules.Reason['CAPACITY_GONE'], referrals.offers.rules.Reason['CAPACITY_GONE']), (referrals.offers.rules.Reason['REASSIGNED'], referrals.offers.rules.Reason['REASSIGNED']), (referrals.offers.rules.Reason['CLINIC_CHANGED'], referrals.offers.rules.Reason['CLINIC_CHANGED']), (referrals.offers.rules.Reason['COURSE_CANCELLED'], referrals.offers.rules.Reason['COURSE_CANCELLED'])], default='', max_length=20)),
                ('respond_by', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('may_ask_again', models.BooleanField(default=False)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='referrals.clinic')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='referrals.request')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status__in', (referrals.offers.rules.OfferStatus['REQUESTED'], referrals.offers.rules.OfferStatus['RECEIVED']))), fields=['clinic'], name='offer_open_of_clinic')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', (referrals.offers.rules.OfferStatus['ACCEPTED'], referrals.offers.rules.OfferStatus['IN_PROGRESS'], referrals.offers.rules.OfferStatus['COMPLETED']))), fields=('request',), name='offer_accepted_once'), models.UniqueConstraint(condition=models.Q(('status__in', (referrals.offers.rules.OfferStatus['REQUESTED'], referrals.offers.rules.OfferStatus['RECEIVED'], referrals.offers.rules.OfferStatus['ACCEPTED'], referrals.offers.rules.OfferStatus['IN_PROGRESS']))), fields=('request', 'clinic'), name='offer_live_once'), models.CheckConstraint(condition=models.Q(('status__in', [referrals.offers.rules.OfferStatus['REQUESTED'], referrals.offers.rules.OfferStatus['RECEIVED'], referrals.offers.rules.OfferStatus['ACCEPTED'], referrals.offers.rules.OfferStatus['REJECTED'], referrals.offers.rules.OfferStatus['IN_PROGRESS'], referrals.offers.rules.OfferStatus['COMPLETED'], referrals.offers.rules.OfferStatus['CANCELLED'], referrals.offers.rules.OfferStatus['FAILED']])), name='offer_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('status__in', (referrals.offers.rules.OfferStatus['REQUESTED'], referrals.offers.rules.OfferStatus['RECEIVED']))), models.Q(models.Q(('status__in', (referrals.offers.rules.OfferStatus['REQUESTED'], referrals.offers.rules.OfferStatus['RECEIVED'])), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='offer_open_until_closed'), models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), ('status__in', [referrals.offers.rules.OfferStatus['REQUESTED'], referrals.offers.rules.OfferStatus['RECEIVED'], referrals.offers.rules.OfferStatus['ACCEPTED'], referrals.offers.rules.OfferStatus['IN_PROGRESS'], referrals.offers.rules.OfferStatus['COMPLETED']])), models.Q(('reason__in', (referrals.offers.rules.Reason['NO_CAPACITY'], referrals.offers.rules.Reason['NOT_A_FIT'], referrals.offers.rules.Reason['OUT_OF_SCOPE'], referrals.offers.rules.Reason['SCHEDULE'], referrals.offers.rules.Reason['LANGUAGE'], referrals.offers.rules.Reason['OTHER'], referrals.offers.rules.Reason['NO_SLOT_LEFT'])), ('status', referrals.offers.rules.OfferStatus['REJECTED'])), models.Q(('reason__in', (referrals.offers.rules.Reason['NO_ANSWER'], referrals.offers.rules.Reason['NO_ENDPOINT'])), ('status', referrals.offers.rules.OfferStatus['FAILED'])), models.Q(('reason__in', (referrals.offers.rules.Reason['REQUEST_WITHDRAWN'], referrals.offers.rules.Reason['WISHES_CHANGED'], referrals.offers.rules.Reason['COVER_ENDED'], referrals.offers.rules.Reason['TAKEN_BY_OTHER'], referrals.offers.rules.Reason['CLINIC_UNAVAILABLE'], referrals.offers.rules.Reason['CAPACITY_GONE'], referrals.offers.rules.Reason['REASSIGNED'], referrals.offers.rules.Reason['CLINIC_CHANGED'], referrals.offers.rules.Reason['COURSE_CANCELLED'])), ('status', referrals.offers.rules.OfferStatus['CANCELLED'])), _connector='OR'), name='offer_reason_of_its_end'), workers.kernel.constraints.Trigger(body="IF TG_OP = 'INSERT' THEN IF (NEW.status, NEW.moved_by) NOT IN (('requested', 'operator'), ('requested', 'system')) THEN RAISE EXCEPTION 'offer does not begin as %', NEW.status USING ERRCODE = 'check_violation'; END IF; ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status, NEW.moved_by) NOT IN (('accepted', 'cancelled', 'member'), ('accepted', 'cancelled', 'operator'), ('accepted', 'cancelled', 'system'), ('accepted', 'completed', 'system'), ('accepted', 'in-progress', 'system'), ('failed', 'accepted', 'clinic'), ('failed', 'rejected', 'clinic'), ('in-progress', 'cancelled', 'member'), ('in-progress', 'cancelled', 'operator'), ('in-progress', 'cancelled', 'system'), ('in-progress', 'completed', 'system'), ('received', 'accepted', 'clinic'), ('received', 'accepted', 'operator'), ('received', 'cancelled', 'member'), ('received', 'cancelled', 'operator'), ('received', 'cancelled', 'system'), ('received', 'failed', 'system'), ('received', 'rejected', 'clinic'), ('received', 'rejected', 'operator'), ('requested', 'accepted', 'clinic'), ('requested', 'accepted', 'operator'), ('requested', 'cancelled', 'member'), ('requested', 'cancelled', 'operator'), ('requested', 'cancelled', 'system'), ('requested', 'failed', 'system'), ('requested', 'received', 'clinic'), ('requested', 'received', 'system'), ('requested', 'rejected', 'clinic'), ('requested', 'rejected', 'operator')) THEN RAISE EXCEPTION 'offer does not move from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation'; END IF; RETURN NEW;", kind='', name='offer_moves', on='BEFORE INSERT OR UPDATE OF status, moved_by ON {table} FOR EACH ROW'), workers.kernel.constraints.TenantKey(fields=('request_id', 'member_id'), name='offer_of_own_request', to='referrals_request', to_fields=('id', 'member_id')), workers.kernel.constraints.RowAccess(grants='select', name='offer_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select (id, version, request_id, clinic_id, revision, route, protocol, format, summary, status, moved_by, reason, respond_by, made_at, received_at, closed_at, ended_at, may_ask_again)', name='offer_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select', name='offer_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (status, moved_by, reason, received_at, closed_at, ended_at, may_ask_again, version)', name='offer_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='OfferLink',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('clinic_id', models.UUIDField()),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='referrals.offer')),
            ],
            options={
                'db_table': 'referrals_offer_link',
                'constraints': [workers.kernel.constraints.RowAccess(grants='select, update (used_at)', name='offer_link_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select (id, offer_id, clinic_id, made_at, expires_at, used_at)', name='offer_link_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (used_at), delete', name='offer_link_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Organization',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('npi', models.CharField(max_length=10, null=True, unique=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('npi', None), referrals.clinics.models.clinics.NpiFits(models.F('npi')), _connector='OR'), name='organization_npi_fits'), workers.kernel.constraints.RowAccess(grants='select', name='organization_for_employee', role='act_employee', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='organization_for_clinic', role='act_clinic', rows='id IN (SELECT organization_id FROM referrals_clinic WHERE id = {clinic})'), workers.kernel.constraints.RowAccess(grants='select, insert, update (name)', name='organization_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='organization_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.AddField(
            model_name='clinic',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clinics', to='referrals.organization'),
        ),
        migrations.CreateModel(
            name='Outcome',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('member_id', models.UUIDField()),
                ('clinic_id', models.UUIDField()),
                ('session_id', models.UUIDField(null=True)),
                ('point', models.CharField(max_length=20)),
                ('questionnaire', models.CharField(blank=True, default='', max_length=60)),
                ('due_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('token_hash', models.CharField(max_length=64, null=True, unique=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answers', workers.kernel.encryption.EncryptedJSONField(null=True)),
                ('assessment', workers.kernel.encryption.EncryptedJSONField(null=True)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outcomes', to='referrals.course')),
            ],
            options={
                'indexes': [models.Index(fields=['member_id'], name='outcome_member')],
                'constraints': [workers.kernel.constraints.TenantKey(fields=('course_id', 'member_id', 'clinic_id'), name='outcome_of_own_course', to='referrals_course', to_fields=('id', 'member_id', 'clinic_id')), models.UniqueConstraint(fields=('course', 'point', 'session_id'), name='outcome_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('asked_at', None), ('expires_at', None)), models.Q(('asked_at__isnull', False), ('expires_at__isnull', False)), _connector='OR'), name='outcome_asked_whole'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('answers', None), ('assessment', None)), models.Q(('answered_at__isnull', False), ('answers__isnull', False), ('asked_at__isnull', False), ('assessment__isnull', False)), _connector='OR'), name='outcome_answered_whole'), workers.kernel.constraints.RowAccess(grants='select (id, member_id, token_hash)', name='outcome_for_auth', role='act_auth', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (answered_at, answers, assessment, token_hash, version)', name='outcome_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select (id, course_id, member_id, clinic_id, session_id, point, due_at, asked_at, expires_at, answered_at, assessment)', name='outcome_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert, update (questionnaire, asked_at, expires_at, token_hash, version)', name='outcome_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='PreparationList',
            fields=[
                ('session_id', models.UUIDField(primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('clinic_id', models.UUIDField()),
                ('kept', workers.kernel.encryption.EncryptedJSONField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'referrals_preparation_list',
                'constraints': [workers.kernel.constraints.TenantKey(fields=('session_id', 'member_id', 'clinic_id'), name='preparation_list_of_own_session', to='referrals_session', to_fields=('id', 'member_id', 'clinic_id')), workers.kernel.constraints.RowAccess(grants='select, insert, update (kept, changed_at), delete', name='preparation_list_for_employee', role='act_employee', rows='member_id = {member}')],
            },
        ),
        migrations.CreateModel(
            name='ProtocolVariant',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('protocol', models.CharField(max_length=40)),
                ('number', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('document', models.JSONField()),
                ('imported_by_id', models.UUIDField()),
                ('imported_at', models.DateTimeField()),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='protocol_variants', to='referrals.clinic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('clinic', 'protocol', 'number'), name='protocolvariant_version_once'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='protocolvariant_numbered_from_one'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'protocolvariant is append-only: a course keeps the version it began with' USING ERRCODE = 'restrict_violation';", kind='', name='protocolvariant_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'protocolvariant is append-only: a course keeps the version it began with' USING ERRCODE = 'restrict_violation';", kind='', name='protocolvariant_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select, insert', name='protocolvariant_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert', name='protocolvariant_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='protocolvariant_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.AddField(
            model_name='course',
            name='variant',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='courses', to='referrals.protocolvariant'),
        ),
        migrations.CreateModel(
            name='RegistryFile',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('has_everyone', models.BooleanField()),
                ('kind', models.CharField(choices=[(referrals.npi_registry.rules.layout.FileKind['MONTHLY'], referrals.npi_registry.rules.layout.FileKind['MONTHLY']), (referrals.npi_registry.rules.layout.FileKind['WEEKLY'], referrals.npi_registry.rules.layout.FileKind['WEEKLY']), (referrals.npi_registry.rules.layout.FileKind['DEACTIVATIONS'], referrals.npi_registry.rules.layout.FileKind['DEACTIVATIONS'])], max_length=15)),
                ('rows_read', models.PositiveIntegerField(default=0)),
                ('rows_kept', models.PositiveIntegerField(default=0)),
                ('rows_refused', models.PositiveIntegerField(default=0)),
                ('rows_added', models.PositiveIntegerField(default=0)),
                ('rows_changed', models.PositiveIntegerField(default=0)),
                ('faults', models.JSONField(default=list)),
                ('imported_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('sha256', 'has_everyone'), name='registryfile_once'), models.CheckConstraint(condition=models.Q(('kind__in', [referrals.npi_registry.rules.layout.FileKind['MONTHLY'], referrals.npi_registry.rules.layout.FileKind['WEEKLY'], referrals.npi_registry.rules.layout.FileKind['DEACTIVATIONS']])), name='registryfile_kind_known'), workers.kernel.constraints.RowAccess(grants='select', name='registryfile_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update', name='registryfile_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ReminderChain',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('member_id', models.UUIDField()),
                ('generation', models.PositiveIntegerField(default=0)),
            ],
            options={
                'db_table': 'referrals_reminder_chain',
                'constraints': [workers.kernel.constraints.RowAccess(grants='select, insert, update (generation, version)', name='reminder_chain_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.AddField(
            model_name='routingdecision',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='routing_decisions', to='referrals.request'),
        ),
        migrations.CreateModel(
            name='ReferralRead',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('clinic_id', models.UUIDField(null=True)),
                ('reader_id', models.UUIDField()),
                ('reader_role', models.CharField(max_length=20)),
                ('what', models.CharField(choices=[(referrals.offers.rules.Readable['FULL_REFERRAL'], referrals.offers.rules.Readable['FULL_REFERRAL']), (referrals.offers.rules.Readable['FHIR'], referrals.offers.rules.Readable['FHIR']), (referrals.offers.rules.Readable['OUTCOMES'], referrals.offers.rules.Readable['OUTCOMES'])], max_length=13)),
                ('at', models.DateTimeField()),
                ('offer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reads', to='referrals.offer')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reads', to='referrals.request')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('what__in', [referrals.offers.rules.Readable['FULL_REFERRAL'], referrals.offers.rules.Readable['FHIR'], referrals.offers.rules.Readable['OUTCOMES']])), name='referralread_what_known'), models.CheckConstraint(condition=models.Q(models.Q(('clinic_id', None), ('offer', None)), models.Q(('clinic_id__isnull', False), ('offer__isnull', False)), _connector='OR'), name='referralread_of_a_clinic_or_not'), workers.kernel.constraints.TenantKey(fields=('request_id', 'member_id'), name='referralread_of_own_request', to='referrals_request', to_fields=('id', 'member_id')), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'referralread is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='referralread_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'referralread is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='referralread_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select', name='referralread_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select', name='referralread_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='referralread_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='RequestNote',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('kind', models.CharField(choices=[('note', 'Note'), ('contact', 'Contact')], max_length=10)),
                ('channel', models.CharField(blank=True, choices=[('phone', 'Phone'), ('email', 'Email'), ('video', 'Video'), ('letter', 'Letter')], default='', max_length=10)),
                ('party', models.CharField(blank=True, choices=[('member', 'Member'), ('clinic', 'Clinic')], default='', max_length=10)),
                ('reached', models.BooleanField(default=False)),
                ('text', workers.kernel.encryption.EncryptedJSONField()),
                ('author_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='referrals.request')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('channel', ''), ('kind', 'note'), ('party', ''), ('reached', False)), models.Q(('kind', 'contact'), models.Q(('channel', ''), _negated=True), models.Q(('party', ''), _negated=True)), _connector='OR'), name='requestnote_contact_with_whom'), workers.kernel.constraints.TenantKey(fields=('request_id', 'member_id'), name='requestnote_of_own_request', to='referrals_request', to_fields=('id', 'member_id')), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'requestnote is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='requestnote_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'requestnote is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='requestnote_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select, insert', name='requestnote_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='requestnote_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='RequestStep',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('status', models.CharField(choices=[(referrals.requests.rules.RequestStatus['REVIEW'], referrals.requests.rules.RequestStatus['REVIEW']), (referrals.requests.rules.RequestStatus['OPEN'], referrals.requests.rules.RequestStatus['OPEN']), (referrals.requests.rules.RequestStatus['OFFERED'], referrals.requests.rules.RequestStatus['OFFERED']), (referrals.requests.rules.RequestStatus['UNPLACED'], referrals.requests.rules.RequestStatus['UNPLACED']), (referrals.requests.rules.RequestStatus['ACCEPTED'], referrals.requests.rules.RequestStatus['ACCEPTED']), (referrals.requests.rules.RequestStatus['COMPLETED'], referrals.requests.rules.RequestStatus['COMPLETED']), (referrals.requests.rules.RequestStatus['WITHDRAWN'], referrals.requests.rules.RequestStatus['WITHDRAWN']), (referrals.requests.rules.RequestStatus['MOVED'], referrals.requests.rules.RequestStatus['MOVED']), (referrals.requests.rules.RequestStatus['LAPSED'], referrals.requests.rules.RequestStatus['LAPSED'])], max_length=10)),
                ('at', models.DateTimeField()),
                ('due_by', models.DateTimeField(null=True)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='referrals.request')),
            ],
            options={
                'constraints': [workers.kernel.constraints.TenantKey(fields=('request_id', 'member_id'), name='requeststep_of_own_request', to='referrals_request', to_fields=('id', 'member_id')), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'requeststep is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='requeststep_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'requeststep is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='requeststep_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select, insert', name='requeststep_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select, insert', name='requeststep_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='requeststep_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='SandboxOffer',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('status', models.CharField(choices=[(referrals.sandbox.rules.SandboxStatus['REQUESTED'], referrals.sandbox.rules.SandboxStatus['REQUESTED']), (referrals.sandbox.rules.SandboxStatus['RECEIVED'], referrals.sandbox.rules.SandboxStatus['RECEIVED']), (referrals.sandbox.rules.SandboxStatus['ACCEPTED'], referrals.sandbox.rules.SandboxStatus['ACCEPTED']), (referrals.sandbox.rules.SandboxStatus['REJECTED'], referrals.sandbox.rules.SandboxStatus['REJECTED']), (referrals.sandbox.rules.SandboxStatus['FAILED'], referrals.sandbox.rules.SandboxStatus['FAILED']), (referrals.sandbox.rules.SandboxStatus['CANCELLED'], referrals.sandbox.rules.SandboxStatus['CANCELLED'])], default=referrals.sandbox.rules.SandboxStatus['REQUESTED'], max_length=10)),
                ('reason', models.CharField(blank=True, default='', max_length=20)),
                ('referral_id', models.UUIDField(default=workers.kernel.ids.new_id, unique=True)),
                ('course_id', models.UUIDField(default=workers.kernel.ids.new_id)),
                ('respond_by', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sandbox_offers', to='referrals.clinic')),
            ],
            options={
                'verbose_name': 'offer',
                'db_table': 'referrals_sandbox_offer',
                'indexes': [models.Index(fields=['clinic', 'id'], name='sandbox_offer_list')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', [referrals.sandbox.rules.SandboxStatus['REQUESTED'], referrals.sandbox.rules.SandboxStatus['RECEIVED'], referrals.sandbox.rules.SandboxStatus['ACCEPTED'], referrals.sandbox.rules.SandboxStatus['REJECTED'], referrals.sandbox.rules.SandboxStatus['FAILED'], referrals.sandbox.rules.SandboxStatus['CANCELLED']])), name='sandbox_offer_status'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('status__in', (referrals.sandbox.rules.SandboxStatus['REQUESTED'], referrals.sandbox.rules.SandboxStatus['RECEIVED']))), models.Q(models.Q(('status__in', (referrals.sandbox.rules.SandboxStatus['REQUESTED'], referrals.sandbox.rules.SandboxStatus['RECEIVED'])), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='sandbox_offer_open_until_closed'), workers.kernel.constraints.RowAccess(grants='select', name='sandbox_offer_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select', name='sandbox_offer_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version, status, reason, closed_at), delete', name='sandbox_offer_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Screening',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('member_id', models.UUIDField()),
                ('questionnaire', models.CharField(max_length=60)),
                ('answers', workers.kernel.encryption.EncryptedJSONField()),
                ('assessment', workers.kernel.encryption.EncryptedJSONField()),
                ('result', models.CharField(choices=[(referrals.screening.rules.questionnaires.Result['PROCEED'], referrals.screening.rules.questionnaires.Result['PROCEED']), (referrals.screening.rules.questionnaires.Result['CLINICIAN_REVIEW'], referrals.screening.rules.questionnaires.Result['CLINICIAN_REVIEW']), (referrals.screening.rules.questionnaires.Result['URGENT'], referrals.screening.rules.questionnaires.Result['URGENT'])], max_length=20)),
                ('submitted_at', models.DateTimeField()),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='screenings', to='referrals.consent')),
            ],
            options={
                'indexes': [models.Index(fields=['member_id'], name='screening_member')],
                'constraints': [models.UniqueConstraint(fields=('id', 'member_id'), name='screening_of_member'), models.CheckConstraint(condition=models.Q(('result__in', [referrals.screening.rules.questionnaires.Result['PROCEED'], referrals.screening.rules.questionnaires.Result['CLINICIAN_REVIEW'], referrals.screening.rules.questionnaires.Result['URGENT']])), name='screening_result_known'), workers.kernel.constraints.TenantKey(fields=('consent_id', 'member_id'), name='screening_of_own_consent', to='referrals_consent', to_fields=('id', 'member_id')), workers.kernel.constraints.RowAccess(grants='select, insert, update (version)', name='screening_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select', name='screening_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='screening_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.AddField(
            model_name='request',
            name='screening',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='referrals.screening'),
        ),
        migrations.CreateModel(
            name='AnswerRead',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('reader_id', models.UUIDField(null=True)),
                ('clinic_id', models.UUIDField(null=True)),
                ('reason', models.CharField(choices=[(referrals.screening.rules.reads.ReadReason['CALL_MEMBER'], referrals.screening.rules.reads.ReadReason['CALL_MEMBER']), (referrals.screening.rules.reads.ReadReason['MEMBER_ASKED'], referrals.screening.rules.reads.ReadReason['MEMBER_ASKED']), (referrals.screening.rules.reads.ReadReason['CLINICIAN_REVIEW'], referrals.screening.rules.reads.ReadReason['CLINICIAN_REVIEW']), (referrals.screening.rules.reads.ReadReason['COMPLAINT'], referrals.screening.rules.reads.ReadReason['COMPLAINT']), (referrals.screening.rules.reads.ReadReason['AUDIT'], referrals.screening.rules.reads.ReadReason['AUDIT']), (referrals.screening.rules.reads.ReadReason['TREATMENT'], referrals.screening.rules.reads.ReadReason['TREATMENT'])], max_length=20)),
                ('with_substance_use', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('screening', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reads', to='referrals.screening')),
            ],
            options={
                'indexes': [models.Index(fields=['screening', 'at'], name='answerread_of_screening')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', [referrals.screening.rules.reads.ReadReason['CALL_MEMBER'], referrals.screening.rules.reads.ReadReason['MEMBER_ASKED'], referrals.screening.rules.reads.ReadReason['CLINICIAN_REVIEW'], referrals.screening.rules.reads.ReadReason['COMPLAINT'], referrals.screening.rules.reads.ReadReason['AUDIT'], referrals.screening.rules.reads.ReadReason['TREATMENT']])), name='answerread_reason_known'), models.CheckConstraint(condition=models.Q(models.Q(('clinic_id', None), ('reader_id__isnull', False)), ('clinic_id__isnull', False), _connector='OR'), name='answerread_by_somebody'), workers.kernel.constraints.TenantKey(fields=('screening_id', 'member_id'), name='answerread_of_own_screening', to='referrals_screening', to_fields=('id', 'member_id')), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'answerread is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='answerread_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'answerread is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='answerread_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select', name='answerread_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select, insert', name='answerread_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='answerread_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ScreeningDraft',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('questionnaire', models.CharField(max_length=60)),
                ('answers', workers.kernel.encryption.EncryptedJSONField()),
                ('revision', models.PositiveIntegerField(default=1)),
                ('started_at', models.DateTimeField()),
                ('saved_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('consent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='referrals.consent')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('member_id',), name='screeningdraft_once'), workers.kernel.constraints.TenantKey(fields=('consent_id', 'member_id'), name='screeningdraft_of_own_consent', to='referrals_consent', to_fields=('id', 'member_id')), workers.kernel.constraints.RowAccess(grants='select, insert, update (answers, revision, saved_at, expires_at), delete', name='screeningdraft_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select, update (revision), delete', name='screeningdraft_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('member_id', models.UUIDField()),
                ('clinic_id', models.UUIDField()),
                ('sequence', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(max_length=20)),
                ('step', models.PositiveSmallIntegerField()),
                ('route', models.CharField(max_length=20)),
                ('format', models.CharField(max_length=20)),
                ('list_price_cents', models.PositiveIntegerField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('window_opens_at', models.DateTimeField(null=True)),
                ('window_closes_at', models.DateTimeField(null=True)),
                ('status', models.CharField(choices=[(referrals.courses.rules.states.SessionStatus['PROPOSED'], referrals.courses.rules.states.SessionStatus['PROPOSED']), (referrals.courses.rules.states.SessionStatus['SCHEDULED'], referrals.courses.rules.states.SessionStatus['SCHEDULED']), (referrals.courses.rules.states.SessionStatus['COMPLETED'], referrals.courses.rules.states.SessionStatus['COMPLETED']), (referrals.courses.rules.states.SessionStatus['CANCELLED'], referrals.courses.rules.states.SessionStatus['CANCELLED']), (referrals.courses.rules.states.SessionStatus['NO_SHOW'], referrals.courses.rules.states.SessionStatus['NO_SHOW'])], default=referrals.courses.rules.states.SessionStatus['PROPOSED'], max_length=10)),
                ('generation', models.PositiveIntegerField(default=0)),
                ('reported_at', models.DateTimeField(null=True)),
                ('completed_at', models.DateTimeField(null=True)),
                ('agreed_at', models.DateTimeField(null=True)),
                ('agreed_after', models.DateTimeField(null=True)),
                ('suggested_starts_at', models.DateTimeField(null=True)),
                ('suggested_because', models.CharField(blank=True, default='', max_length=40)),
                ('declined_at', models.DateTimeField(null=True)),
                ('bent', models.JSONField(default=list)),
                ('problem', models.CharField(blank=True, default='', max_length=300)),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='referrals.course')),
                ('follows', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='followers', to='referrals.session')),
                ('makes_up', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='made_up_by', to='referrals.session')),
            ],
            options={
                'indexes': [models.Index(fields=['clinic_id', 'starts_at'], name='course_session_clinic')],
                'constraints': [workers.kernel.constraints.TenantKey(fields=('course_id', 'member_id', 'clinic_id'), name='course_session_of_own_course', to='referrals_course', to_fields=('id', 'member_id', 'clinic_id')), models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['IMMEDIATE'], fields=('course', 'sequence'), name='course_session_sequence_once'), models.UniqueConstraint(fields=('id', 'member_id', 'clinic_id'), name='course_session_of_member_and_clinic'), models.CheckConstraint(condition=models.Q(('status__in', [referrals.courses.rules.states.SessionStatus['PROPOSED'], referrals.courses.rules.states.SessionStatus['SCHEDULED'], referrals.courses.rules.states.SessionStatus['COMPLETED'], referrals.courses.rules.states.SessionStatus['CANCELLED'], referrals.courses.rules.states.SessionStatus['NO_SHOW']])), name='course_session_status_known'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='course_session_ends_after_start'), models.CheckConstraint(condition=models.Q(models.Q(('completed_at__isnull', False), ('status', referrals.courses.rules.states.SessionStatus['COMPLETED'])), models.Q(models.Q(('status', referrals.courses.rules.states.SessionStatus['COMPLETED']), _negated=True), ('completed_at', None)), _connector='OR'), name='course_session_completed_when'), models.CheckConstraint(condition=models.Q(models.Q(('suggested_because', ''), ('suggested_starts_at', None)), ('status__in', [referrals.courses.rules.states.SessionStatus['PROPOSED'], referrals.courses.rules.states.SessionStatus['SCHEDULED']]), _connector='OR'), name='course_session_asks_only_while_open'), workers.kernel.constraints.Trigger(body="IF TG_OP = 'INSERT' THEN IF (NEW.status) NOT IN (('proposed')) THEN RAISE EXCEPTION 'course_session does not begin as %', NEW.status USING ERRCODE = 'check_violation'; END IF; ELSIF OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN (('proposed', 'cancelled'), ('proposed', 'completed'), ('proposed', 'no_show'), ('proposed', 'scheduled'), ('scheduled', 'cancelled'), ('scheduled', 'completed'), ('scheduled', 'no_show'), ('scheduled', 'proposed')) THEN RAISE EXCEPTION 'course_session does not move from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation'; END IF; RETURN NEW;", kind='', name='course_session_moves', on='BEFORE INSERT OR UPDATE OF status ON {table} FOR EACH ROW'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status', referrals.courses.rules.states.SessionStatus['SCHEDULED'])), expressions=[('member_id', '='), (models.Func('starts_at', 'ends_at', function='tstzrange'), '&&')], name='course_session_member_in_one_place'), workers.kernel.constraints.RowAccess(grants='select', name='course_session_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select', name='course_session_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select', name='course_session_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert, update (sequence, status, starts_at, ends_at, window_opens_at, window_closes_at, generation, reported_at, completed_at, agreed_at, agreed_after, suggested_starts_at, suggested_because, declined_at, bent, problem, version)', name='course_session_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ReminderNotice',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('rule', models.CharField(max_length=40)),
                ('appointment', models.PositiveIntegerField()),
                ('local_day', models.DateField()),
                ('slot', models.PositiveSmallIntegerField(null=True)),
                ('is_once_a_day', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='referrals.session')),
            ],
            options={
                'db_table': 'referrals_reminder_notice',
                'constraints': [models.UniqueConstraint(fields=('session', 'rule', 'appointment'), name='reminder_notice_once'), models.UniqueConstraint(fields=('member_id', 'local_day', 'slot'), name='reminder_notice_slot_once'), models.UniqueConstraint(condition=models.Q(('is_once_a_day', True)), fields=('member_id', 'local_day', 'rule'), name='reminder_notice_once_a_day'), models.CheckConstraint(condition=models.Q(('slot', None), models.Q(('slot__gte', 1), ('slot__lte', 10)), _connector='OR'), name='reminder_notice_slot_of_few'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'reminder_notice is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='reminder_notice_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'reminder_notice is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='reminder_notice_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select, insert', name='reminder_notice_for_worker', role='act_worker', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='reminder_notice_for_operator', role='act_operator', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='SessionStep',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('clinic_id', models.UUIDField()),
                ('what', models.CharField(choices=[(referrals.courses.rules.history.What['PROPOSED'], referrals.courses.rules.history.What['PROPOSED']), (referrals.courses.rules.history.What['MOVED'], referrals.courses.rules.history.What['MOVED']), (referrals.courses.rules.history.What['AGREED'], referrals.courses.rules.history.What['AGREED']), (referrals.courses.rules.history.What['CONFIRMED'], referrals.courses.rules.history.What['CONFIRMED']), (referrals.courses.rules.history.What['RESCHEDULED'], referrals.courses.rules.history.What['RESCHEDULED']), (referrals.courses.rules.history.What['ASKED'], referrals.courses.rules.history.What['ASKED']), (referrals.courses.rules.history.What['ACCEPTED'], referrals.courses.rules.history.What['ACCEPTED']), (referrals.courses.rules.history.What['DECLINED'], referrals.courses.rules.history.What['DECLINED']), (referrals.courses.rules.history.What['UNPLACED'], referrals.courses.rules.history.What['UNPLACED']), (referrals.courses.rules.history.What['COMPLETED'], referrals.courses.rules.history.What['COMPLETED']), (referrals.courses.rules.history.What['CANCELLED'], referrals.courses.rules.history.What['CANCELLED']), (referrals.courses.rules.history.What['NO_SHOW'], referrals.courses.rules.history.What['NO_SHOW'])], max_length=20)),
                ('status', models.CharField(choices=[(referrals.courses.rules.states.SessionStatus['PROPOSED'], referrals.courses.rules.states.SessionStatus['PROPOSED']), (referrals.courses.rules.states.SessionStatus['SCHEDULED'], referrals.courses.rules.states.SessionStatus['SCHEDULED']), (referrals.courses.rules.states.SessionStatus['COMPLETED'], referrals.courses.rules.states.SessionStatus['COMPLETED']), (referrals.courses.rules.states.SessionStatus['CANCELLED'], referrals.courses.rules.states.SessionStatus['CANCELLED']), (referrals.courses.rules.states.SessionStatus['NO_SHOW'], referrals.courses.rules.states.SessionStatus['NO_SHOW'])], max_length=10)),
                ('starts_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('by', models.CharField(choices=[(referrals.courses.rules.history.Party['PLANNER'], referrals.courses.rules.history.Party['PLANNER']), (referrals.courses.rules.history.Party['CLINIC'], referrals.courses.rules.history.Party['CLINIC']), (referrals.courses.rules.history.Party['MEMBER'], referrals.courses.rules.history.Party['MEMBER']), (referrals.courses.rules.history.Party['OPERATOR'], referrals.courses.rules.history.Party['OPERATOR'])], max_length=10)),
                ('by_id', models.UUIDField(null=True)),
                ('channel', models.CharField(choices=[(referrals.courses.rules.history.Channel['PLANNER'], referrals.courses.rules.history.Channel['PLANNER']), (referrals.courses.rules.history.Channel['WEBHOOK'], referrals.courses.rules.history.Channel['WEBHOOK']), (referrals.courses.rules.history.Channel['API'], referrals.courses.rules.history.Channel['API']), (referrals.courses.rules.history.Channel['PORTAL'], referrals.courses.rules.history.Channel['PORTAL'])], max_length=10)),
                ('because', models.CharField(blank=True, choices=[(referrals.courses.rules.history.Because['COURSE_PLANNED'], referrals.courses.rules.history.Because['COURSE_PLANNED']), (referrals.courses.rules.history.Because['SESSION_MOVED'], referrals.courses.rules.history.Because['SESSION_MOVED']), (referrals.courses.rules.history.Because['SESSION_ENDED'], referrals.courses.rules.history.Because['SESSION_ENDED']), (referrals.courses.rules.history.Because['NOTHING_TO_FOLLOW'], referrals.courses.rules.history.Because['NOTHING_TO_FOLLOW']), (referrals.courses.rules.history.Because['CLINIC_CALENDAR'], referrals.courses.rules.history.Because['CLINIC_CALENDAR']), (referrals.courses.rules.history.Because['AVAILABILITY_CHANGED'], referrals.courses.rules.history.Because['AVAILABILITY_CHANGED']), (referrals.courses.rules.history.Because['THERAPIST_CHANGED'], referrals.courses.rules.history.Because['THERAPIST_CHANGED']), (referrals.courses.rules.history.Because['REQUEST_ENDED'], referrals.courses.rules.history.Because['REQUEST_ENDED']), (referrals.courses.rules.history.Because['MAKES_UP'], referrals.courses.rules.history.Because['MAKES_UP'])], default='', max_length=40)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='referrals.session')),
            ],
            options={
                'constraints': [workers.kernel.constraints.TenantKey(fields=('session_id', 'member_id', 'clinic_id'), name='sessionstep_of_own_session', to='referrals_session', to_fields=('id', 'member_id', 'clinic_id')), models.CheckConstraint(condition=models.Q(('what__in', [referrals.courses.rules.history.What['PROPOSED'], referrals.courses.rules.history.What['MOVED'], referrals.courses.rules.history.What['AGREED'], referrals.courses.rules.history.What['CONFIRMED'], referrals.courses.rules.history.What['RESCHEDULED'], referrals.courses.rules.history.What['ASKED'], referrals.courses.rules.history.What['ACCEPTED'], referrals.courses.rules.history.What['DECLINED'], referrals.courses.rules.history.What['UNPLACED'], referrals.courses.rules.history.What['COMPLETED'], referrals.courses.rules.history.What['CANCELLED'], referrals.courses.rules.history.What['NO_SHOW']])), name='sessionstep_what_known'), models.CheckConstraint(condition=models.Q(('by__in', [referrals.courses.rules.history.Party['PLANNER'], referrals.courses.rules.history.Party['CLINIC'], referrals.courses.rules.history.Party['MEMBER'], referrals.courses.rules.history.Party['OPERATOR']])), name='sessionstep_by_known'), models.CheckConstraint(condition=models.Q(('because__in', ['', referrals.courses.rules.history.Because['COURSE_PLANNED'], referrals.courses.rules.history.Because['SESSION_MOVED'], referrals.courses.rules.history.Because['SESSION_ENDED'], referrals.courses.rules.history.Because['NOTHING_TO_FOLLOW'], referrals.courses.rules.history.Because['CLINIC_CALENDAR'], referrals.courses.rules.history.Because['AVAILABILITY_CHANGED'], referrals.courses.rules.history.Because['THERAPIST_CHANGED'], referrals.courses.rules.history.Because['REQUEST_ENDED'], referrals.courses.rules.history.Because['MAKES_UP']])), name='sessionstep_because_known'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'sessionstep is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='sessionstep_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'sessionstep is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='sessionstep_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select', name='sessionstep_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select', name='sessionstep_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select', name='sessionstep_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, insert', name='sessionstep_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='StagedClinic',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('row', models.PositiveIntegerField()),
                ('entry', models.JSONField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='referrals.clinicfile')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('file', 'row'), name='staged_clinic_once'), workers.kernel.constraints.RowAccess(grants='select, insert, delete', name='staged_clinic_for_operator', role='act_operator', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='StoryLook',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('member_id', models.UUIDField()),
                ('reader_id', models.UUIDField()),
                ('reason', models.CharField(choices=[(referrals.stories.rules.LookReason['MEMBER_ASKED'], referrals.stories.rules.LookReason['MEMBER_ASKED']), (referrals.stories.rules.LookReason['COMPLAINT'], referrals.stories.rules.LookReason['COMPLAINT']), (referrals.stories.rules.LookReason['SAFETY'], referrals.stories.rules.LookReason['SAFETY']), (referrals.stories.rules.LookReason['REPAIR'], referrals.stories.rules.LookReason['REPAIR']), (referrals.stories.rules.LookReason['AUDIT'], referrals.stories.rules.LookReason['AUDIT'])], max_length=20)),
                ('words', workers.kernel.encryption.EncryptedJSONField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['member_id', 'at'], name='storylook_of_member')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason__in', [referrals.stories.rules.LookReason['MEMBER_ASKED'], referrals.stories.rules.LookReason['COMPLAINT'], referrals.stories.rules.LookReason['SAFETY'], referrals.stories.rules.LookReason['REPAIR'], referrals.stories.rules.LookReason['AUDIT']])), name='storylook_reason_known'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'storylook is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='storylook_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'storylook is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='storylook_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select', name='storylook_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select, insert', name='storylook_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select', name='storylook_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='UrgentCase',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=0, editable=False)),
                ('member_id', models.UUIDField()),
                ('raised_at', models.DateTimeField()),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('acknowledged_by', models.UUIDField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('acknowledged_at', None)), fields=['raised_at'], name='urgentcase_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at', None), ('acknowledged_by', None)), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False)), _connector='OR'), name='urgentcase_acknowledged_by_somebody'), workers.kernel.constraints.RowAccess(grants='select, insert, update (version)', name='urgentcase_for_employee', role='act_employee', rows='member_id = {member}'), workers.kernel.constraints.RowAccess(grants='select, update (acknowledged_at, acknowledged_by, version)', name='urgentcase_for_operator', role='act_operator', rows='true'), workers.kernel.constraints.RowAccess(grants='select, update (version)', name='urgentcase_for_worker', role='act_worker', rows='true')],
            },
        ),
        migrations.CreateModel(
            name='ClientChange',
            fields=[
                ('id', models.UUIDField(default=workers.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('clinic_id', models.UUIDField()),
                ('change', models.CharField(choices=[(referrals.clinic_access.rules.Change['CREATED'], referrals.clinic_access.rules.Change['CREATED']), (referrals.clinic_access.rules.Change['ROTATED'], referrals.clinic_access.rules.Change['ROTATED']), (referrals.clinic_access.rules.Change['REVOKED'], referrals.clinic_access.rules.Change['REVOKED'])], max_length=10)),
                ('by_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='referrals.apiclient')),
            ],
            options={
                'db_table': 'referrals_client_change',
                'constraints': [workers.kernel.constraints.TenantKey(fields=('client_id', 'clinic_id'), name='client_change_of_clinic', to='referrals_api_client', to_fields=('id', 'clinic_id')), models.CheckConstraint(condition=models.Q(('change__in', [referrals.clinic_access.rules.Change['CREATED'], referrals.clinic_access.rules.Change['ROTATED'], referrals.clinic_access.rules.Change['REVOKED']])), name='client_change_known'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'client_change is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='client_change_append_only', on='BEFORE UPDATE OR DELETE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.Trigger(body="RAISE EXCEPTION 'client_change is append-only' USING ERRCODE = 'restrict_violation';", kind='', name='client_change_no_truncate', on='BEFORE TRUNCATE ON {table} FOR EACH STATEMENT'), workers.kernel.constraints.RowAccess(grants='select, insert', name='client_change_for_clinic', role='act_clinic', rows='clinic_id = {clinic}'), workers.kernel.constraints.RowAccess(grants='select, insert', name='client_change_for_operator', role='act_operator', rows='true')],
            },
        ),
        migrations.AddIndex(
            model_name='apiclient',
            index=models.Index(fields=['clinic', 'id'], name='api_client_list'),
        ),
        migrations.AddConstraint(
            model_name='apiclient',
            constraint=models.UniqueConstraint(fields=('id', 'clinic'), name='api_client_of_clinic'),
        ),
        migrations.AddField(
            model_name='networkgap',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='referrals.request'),
        ),
        migrations.AddConstraint(
            model_name='routingdecision',
            constraint=workers.kernel.constraints.TenantKey(fields=('request_id', 'member_id'), name='routingdecision_of_own_request', to='referrals_request', to_fields=('id', 'member_id')),
        ),
        migrations.AddConstraint(
            model_name='request',
            constraint=workers.kernel.constraints.TenantKey(fields=('screening_id', 'member_id'), name='request_of_own_screening', to='referrals_screening', to_fields=('id', 'member_id')),
        ),
    ]
